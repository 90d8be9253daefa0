"""A node's life with openstacksdk, the way Nova and deployment tools drive Ironic.

The server is where the variables say that `openstack.connect` reads: OS_ENDPOINT, OS_AUTH_TYPE, and
where wanted OS_USERNAME, OS_PASSWORD and OS_CACERT.
"""
import functools

import openstack
from openstack import utils

from steps import Steps

POLL = 0.2
VIF = "c1a7e3d2-0b4f-4d6c-8c1e-6f2a9b7d5e34"
NODE, ALLOCATION, TRAITS = "sdk-node", "sdk-claim", ["CUSTOM_BLUE", "CUSTOM_GREEN"]


class Flow:
    def __init__(self, connection):
        self.steps = Steps()
        self.baremetal = connection.baremetal

    def do(self, name, method, /, *arguments, **options):
        """One step whose answer is compared, resources as plain dictionaries."""
        def call():
            answer = getattr(self.baremetal, method)(*arguments, **options)
            return answer.to_dict() if hasattr(answer, "to_dict") else answer
        return self.steps.run(name, call)

    def to(self, name, node, target, /, reached=None, **options):
        """One step that asks for a provision state and waits until it is reached."""
        def call():
            # The library's short cut takes neither every verb's arguments nor its end.
            found = self.baremetal.get_node(node)
            found.set_provision_state(self.baremetal, target, **options)
            [found] = self.baremetal.wait_for_nodes_provision_state(
                [found], reached or target, timeout=120)
            return found.provision_state
        self.steps.run(name, call)
        self.settle(node)

    def power(self, name, node, target):
        self.do(name, "set_node_power_state", node, target, wait=True, timeout=60)
        self.settle(node)

    def settle(self, node):
        self.baremetal.wait_for_node_reservation(node, timeout=60)

    def run(self):
        node = self.do("create", "create_node", name=NODE, driver="fake-hardware",
                       resource_class="sdk", properties={"cpu_arch": "x86_64"})["id"]
        port = self.do("create_port", "create_port", node_id=node, address="52:54:00:65:43:01")
        self.to("manage", node, "manage", "manageable")
        self.to("provide", node, "provide", "available")
        self.do("traits", "set_node_traits", node, TRAITS)
        self.power("power_off_first", node, "power off")
        self.deploy(node)
        self.operate(node)
        self.end(node)
        self.do("delete_port", "delete_port", port["id"])
        self.do("delete", "delete_node", node)
        self.do("delete_twice", "delete_node", node, ignore_missing=False)

    def deploy(self, node):
        self.do("update", "update_node", node, instance_info={
            "image_source": "http://127.0.0.1:9/root.img",
            "image_checksum": "d41d8cd98f00b204e9800998ecf8427e"})
        self.do("patch", "patch_node", node,
                [{"op": "add", "path": "/extra/owner", "value": "team-7"}])
        self.steps.run("validate", self.validate, node)
        allocation = self.do("allocate", "create_allocation", name=ALLOCATION,
                             resource_class="sdk", traits=TRAITS[:1])
        self.do("wait_for_allocation", "wait_for_allocation", allocation["id"], timeout=60)
        self.to("deploy", node, "active", config_drive={
            "meta_data": {"hostname": "sdk-host"}, "user_data": "#!/bin/sh\n"})
        self.do("show_active", "get_node", node)

    def validate(self, node):
        checks = self.baremetal.validate_node(node, required=())
        return {name: [check.result, check.reason] for name, check in sorted(checks.items())}

    def operate(self, node):
        for target in ("power off", "power on", "rebooting"):
            self.power(target.replace(" ", "_"), node, target)
        self.do("boot_device", "set_node_boot_device", node, "pxe", persistent=False)
        self.do("vif_attach", "attach_vif_to_node", node, VIF)
        self.do("vif_list", "list_node_vifs", node)
        self.do("vif_detach", "detach_vif_from_node", node, VIF)
        self.do("vmedia_attach", "attach_vmedia_to_node", node, "cdrom",
                "http://127.0.0.1:9/rescue.iso")
        self.settle(node)
        self.do("vmedia_detach", "detach_vmedia_from_node", node)
        self.settle(node)
        self.to("rescue", node, "rescue", rescue_password="let-me-in")
        self.to("unrescue", node, "unrescue", "active")
        self.to("rebuild", node, "rebuild", "active")
        self.to("service", node, "service", "active", service_steps=[
            {"interface": "vendor", "step": "log_passthrough", "args": {}}])

    def end(self, node):
        self.to("destroy", node, "deleted", "available")
        self.do("maintenance", "set_node_maintenance", node, "upkeep")
        self.do("maintenance_off", "unset_node_maintenance", node)
        more = [self.baremetal.create_node(name="sdk-page-%d" % number, driver="fake-hardware")
                for number in range(3)]
        self.steps.run("pages", lambda: [
            [found.name, found.links] for found in self.baremetal.nodes(limit=1, details=True)])
        for found in more:
            self.baremetal.delete_node(found)
        self.do("show_available", "get_node", node)


if __name__ == "__main__":
    # Every wait of the library goes through this function, at two seconds unless told.
    utils.iterate_timeout = functools.partial(utils.iterate_timeout, wait=POLL)
    Flow(openstack.connect()).run()

"""A node's whole life, and everything around it, with the `baremetal` command.

Each command runs as it would from a shell, in this one process: importing the client takes longer
than most commands. Only the pauses between two looks at a node are shortened.

The server is where the command's own variables say: OS_ENDPOINT, OS_AUTH_TYPE, and where wanted
OS_USERNAME, OS_PASSWORD and OS_CACERT.
"""
import contextlib
import io
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

from ironicclient import shell
from ironicclient.v1 import utils

from steps import ENDPOINT, Steps

POLL = 0.2
NODE, PORT_GROUP, RUNBOOK, TEMPLATE, ALLOCATION = (
    "cli-node", "cli-group", "CUSTOM_WIPE", "CUSTOM_FAST", "cli-claim")
VIF = "5e0d2c4a-7f16-4a55-9a0e-3b8f5a1c9d21"
IMAGE = ["--instance-info", "image_source=http://127.0.0.1:9/disk.qcow2",
         "--instance-info", "image_checksum=900150983cd24fb0d6963f7d28e17f72"]
DRIVE = {
    "meta_data": {"hostname": "cli-host"},
    "user_data": "#cloud-config\npassword: open-sesame\n",
    "network_data": {"links": [], "networks": [], "services": []},
}


class CommandFailed(Exception):
    """The command ended with another status than 0."""


def baremetal(*words):
    """Runs `baremetal WORDS...`; returns what it printed, decoded when it is JSON."""
    for logger in (logging.getLogger(name) for name in (None, "openstack", "keystoneauth")):
        # Each command adds handlers that write to its own standard error.
        logger.handlers.clear()
    output, errors = io.StringIO(), io.StringIO()
    # The command's option parser looks here as well.
    sys.argv = ["baremetal", *words]
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            status = shell.main(list(words))
        except SystemExit as ended:
            status = ended.code
    if status:
        raise CommandFailed("status %s: %s" % (status, errors.getvalue().strip()))
    text = output.getvalue().strip()
    try:
        return json.loads(text)
    except ValueError:
        return text


def curl(path, body):
    """Sends what the command has no option for."""
    words = ["curl", "--silent", "--show-error", "--fail-with-body", "--request", "PUT",
             ENDPOINT + path, "--json", json.dumps(body),
             "--header", "X-OpenStack-Ironic-API-Version: latest"]
    if os.environ.get("OS_USERNAME"):
        words += ["--user", "%(OS_USERNAME)s:%(OS_PASSWORD)s" % os.environ]
    if os.environ.get("OS_CACERT"):
        words += ["--cacert", os.environ["OS_CACERT"]]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailed("status %d: %s%s" % (done.returncode, done.stdout, done.stderr))
    return done.stdout


class Flow:
    def __init__(self, directory):
        self.steps = Steps()
        self.directory = pathlib.Path(directory)

    def do(self, name, command, *words):
        """One step: a command, its subject given as words and the rest as they are."""
        return self.steps.run(name, baremetal, *command.split(), *words)

    def show(self, name, command, *words):
        """One step whose whole output is compared."""
        return self.do(name, command, *words, "-f", "json")

    def wait(self, command, *words):
        """One step named by its verb that waits for the state it leads to."""
        name = "_".join(command.split()[1:])
        self.do(name, command, NODE, *words, "--wait", "120")

    def settle(self):
        """Waits until nothing holds the node: power and console are changed in the background."""
        fields = ["reservation", "target_power_state", "target_provision_state"]
        while any(baremetal("node", "show", NODE, "--fields", *fields, "-f", "json").values()):
            pass

    def run(self):
        node = self.enrol()
        self.prepare()
        self.deploy()
        self.operate()
        self.change()
        self.look()
        self.retire()
        self.storage(node)
        self.surroundings()
        self.remove()

    def enrol(self):
        node = self.show(
            "create", "node create --driver fake-hardware --resource-class baremetal", "--name",
            NODE, "--property", "cpu_arch=x86_64", "--property", "cpus=8", "--property",
            "memory_mb=16384", "--property", "local_gb=200", "--property",
            "capabilities=boot_mode:uefi", "--driver-info", "username=operator",
            "--driver-info", "password=keep-it-dark", "--extra", "rack=r7")["uuid"]
        self.show("port_create", "port create 52:54:00:12:34:01 --physical-network physnet1",
                  "--pxe-enabled", "true", "--node", node)
        self.show("second_port_create", "port create 52:54:00:12:34:02", "--node", node)
        self.show("port_group_create", "port group create --mode 802.3ad", "--name", PORT_GROUP,
                  "--address", "52:54:00:12:34:03", "--support-standalone-ports", "--node", node)
        self.wait("node manage")
        self.show("validate", "node validate", NODE)
        self.wait("node inspect")
        return node

    def prepare(self):
        self.do("traits", "node add trait", NODE, TEMPLATE, RUNBOOK, "HW_CPU_X86_VMX")
        self.show("trait_list", "node trait list", NODE)
        step = {"interface": "bios", "step": "factory_reset"}
        self.show("runbook_create", "runbook create --name", RUNBOOK, "--steps",
                  json.dumps([{**step, "args": {}, "order": 1}]))
        self.do("runbook_trait", "runbook trait add", RUNBOOK, RUNBOOK)
        self.wait("node clean", "--clean-steps", json.dumps([step]))
        self.wait("node clean", "--runbook", RUNBOOK)
        self.wait("node provide")
        self.do("power_off_first", "node power off", NODE)
        self.settle()
        self.show("template_create", "deploy template create", TEMPLATE, "--steps", json.dumps(
            [{"interface": "deploy", "step": "erase_devices", "args": {}, "priority": 0}]))

    def deploy(self):
        drive = self.directory / "drive.json"
        drive.write_text(json.dumps(DRIVE))
        self.do("image_of_whole_disk", "node set", NODE, *IMAGE, "--instance-info", "root_gb=10")
        self.wait("node deploy", "--config-drive", str(drive))
        self.show("show_active", "node show", NODE)
        self.wait("node undeploy")

        latest = self.directory / "tree/openstack/latest"
        latest.mkdir(parents=True)
        (latest / "meta_data.json").write_text('{"hostname": "cli-host"}')
        (latest / "user_data").write_text("#cloud-config\n")
        self.do("image_again", "node set", NODE, *IMAGE)
        self.wait("node deploy", "--config-drive", str(self.directory / "tree"))
        self.wait("node undeploy")

        self.do("image_once_more", "node set", NODE, *IMAGE)
        self.steps.run("deploy_by_url", curl, "/v1/nodes/%s/states/provision" % NODE,
                       {"target": "active", "configdrive": "http://127.0.0.1:9/drive.iso.gz"})
        self.settle()
        self.show("show_by_url", "node show", NODE, "--fields", "provision_state", "instance_info")

    def operate(self):
        for command in ("power off", "power on", "reboot", "reboot --soft"):
            self.do(command.replace(" ", "_"), "node " + command, NODE)
            self.settle()
        self.do("inject_nmi", "node inject nmi", NODE)
        self.do("boot_device_set", "node boot device set --persistent", NODE, "pxe")
        self.show("boot_device_show", "node boot device show", NODE)
        self.show("boot_device_supported", "node boot device show --supported", NODE)
        self.do("boot_mode", "node boot mode set", NODE, "uefi")
        self.settle()
        self.do("secure_boot", "node secure boot on", NODE)
        self.settle()
        self.wait("node rescue", "--rescue-password", "let-me-in")
        self.wait("node unrescue")

    def change(self):
        self.wait("node rebuild")
        self.wait("node rebuild", "--config-drive", str(self.directory / "drive.json"))
        step = {"interface": "vendor", "step": "log_passthrough", "args": {"note": "hello"}}
        self.wait("node service", "--service-steps", json.dumps([step]))
        self.do("vif_attach", "node vif attach", NODE, VIF)
        self.show("vif_list", "node vif list", NODE)
        self.do("vif_detach", "node vif detach", NODE, VIF)
        self.do("console_enable", "node console enable", NODE)
        self.settle()
        self.show("console_show", "node console show", NODE)
        self.do("console_disable", "node console disable", NODE)
        self.settle()
        self.do("passthru_list", "node passthru list", NODE, "-f", "json")
        self.do("passthru_call", "node passthru call", NODE, "second_method", "--arg", "bar=baz")
        self.settle()

    def look(self):
        for command in ("bios setting list", "firmware list", "history list", "port list"):
            words = ["--node", NODE] if command == "port list" else [NODE]
            prefix = "" if command == "port list" else "node "
            self.show(command.replace(" ", "_"), prefix + command, *words)
        self.do("inventory", "node inventory save", NODE)
        self.do("maintenance_set", "node maintenance set --reason upkeep", NODE)
        self.show("maintenance_show", "node show", NODE, "--fields", "maintenance",
                  "maintenance_reason")
        self.do("maintenance_unset", "node maintenance unset", NODE)

    def retire(self):
        self.do("abort", "node abort", NODE)
        self.wait("node undeploy")
        self.do("power_off_last", "node power off", NODE)
        self.settle()
        self.show("show_available", "node show", NODE)

    def storage(self, node):
        connector = self.show(
            "connector_create", "volume connector create --type iqn", "--connector-id",
            "iqn.2031-01.com.example:cli", "--node", node)
        target = self.show(
            "target_create", "volume target create --type iscsi --boot-index 0 --volume-id v-1",
            "--property", "target_portal=127.0.0.1:3260", "--property",
            "auth_password=only-for-chap", "--node", node)
        self.show("target_list", "volume target list", "--node", node)
        self.do("target_delete", "volume target delete", target["uuid"])
        self.do("connector_delete", "volume connector delete", connector["uuid"])
        self.do("connector_delete_twice", "volume connector delete", connector["uuid"])

    def surroundings(self):
        self.do("allocation_create", "allocation create --resource-class baremetal --wait 30",
                "--name", ALLOCATION, "--trait", TEMPLATE, "-f", "json")
        self.do("allocation_delete", "allocation delete", ALLOCATION)
        chassis = self.show("chassis_create", "chassis create --description shelf")
        self.show("chassis_list", "chassis list")
        self.do("chassis_delete", "chassis delete", chassis["uuid"])
        self.do("shard_set", "node set --shard s1", NODE)
        self.show("shard_list", "shard list")
        rule = self.show(
            "rule_create", "inspection rule create --description tag", "--actions", json.dumps(
                [{"op": "set-attribute", "args": {"path": "/extra/seen", "value": "yes"}}]),
            "--conditions", json.dumps([{"op": "eq", "args": {"values": ["a", "a"]}}]))
        self.do("rule_delete", "inspection rule delete", rule["uuid"])
        self.show("driver_list", "driver list")
        self.show("driver_show", "driver show fake-hardware")
        self.show("conductor_list", "conductor list")
        self.show("node_list", "node list --long")

    def remove(self):
        self.do("template_delete", "deploy template delete", TEMPLATE)
        self.do("runbook_delete", "runbook delete", RUNBOOK)
        self.do("port_group_delete", "port group delete", PORT_GROUP)
        self.do("delete", "node delete", NODE)
        self.do("delete_twice", "node delete", NODE)


if __name__ == "__main__":
    os.environ["OS_BAREMETAL_API_VERSION"] = "latest"
    for action in filter(None, utils.PROVISION_ACTIONS.values()):
        action["poll_interval"] = POLL
    with tempfile.TemporaryDirectory() as temporary:
        Flow(temporary).run()

"""What cloud-init makes of a config drive whose files are in a directory: the documents it reads, the
files it would write, and the network it would set up. One JSON object.

Arguments: where the packages of cloud-init are, the directory, and a card's address and name.
"""
import json
import sys

packages, directory, address, name = sys.argv[1:]
# Last, so that what the environment has comes first.
sys.path.append(packages)

from cloudinit.sources.helpers import openstack  # noqa: E402  Found by then.

drive = openstack.ConfigDriveReader(directory).read_v2()
network = openstack.convert_net_json(drive["networkdata"], known_macs={address: name})
print(json.dumps({
    "metadata": drive["metadata"],
    "userdata": drive["userdata"].decode(),
    "vendordata": drive["vendordata2"],
    "files": {path: contents.decode() for path, contents in drive["files"].items()},
    "network": network,
}))

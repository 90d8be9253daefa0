"""What openstacksdk makes of clouds files and variables, one JSON object for each case.

Standard input is a list of cases: `cloud` (a name or null) and `variables`. The answer to each says
what would be sent to Keystone or to Ironic to log in, and where Ironic would be looked for. Nothing
is sent.
"""
import importlib
import json
import os
import sys
import warnings

from keystoneauth1.identity import base
from keystoneauth1.identity.generic import base as generic
from openstack.config import loader

warnings.simplefilter("ignore")


class Sent(Exception):
    """What a login would send."""


class Wire:
    def post(self, url, json=None, **_):
        raise Sent(url, json)


def login(plugin):
    if isinstance(plugin, generic.BaseGenericPlugin):
        # What comes of asking a Keystone which versions it has.
        plugin = plugin.create_plugin(None, (3, 0), plugin.auth_url)
    if not isinstance(plugin, base.BaseIdentityPlugin):
        headers = plugin.get_headers(None) or {}
        # Sent where no proof is wanted, and looked at by nobody.
        headers = {name.lower(): value for name, value in headers.items() if value != "notused"}
        return {"headers": headers}
    try:
        plugin.get_auth_ref(Wire())
    except Sent as sent:
        url, body = sent.args
        return {"url": url, "body": body}


def place(region, plugin):
    url = region.get_endpoint("baremetal")
    if not url and not isinstance(plugin, base.BaseIdentityPlugin):
        url = plugin.get_endpoint(None)
    if url or not isinstance(plugin, base.BaseIdentityPlugin):
        return {"url": url}
    interface = region.get_interface("baremetal")
    return {"interfaces": interface if isinstance(interface, list) else [interface],
            "region": region.get_region_name("baremetal") or None}


def answer(case):
    os.environ.clear()
    os.environ.update(case["variables"])
    # Where it looks for files is settled when it is loaded.
    importlib.reload(loader)
    region = loader.OpenStackConfig().get_one(cloud=case["cloud"])
    plugin = region.get_auth()
    verify, cert = region.get_requests_verify_args()
    return {"login": login(plugin), "place": place(region, plugin),
            "authorities": None if verify is True else verify}


for case in json.load(sys.stdin):
    try:
        said = answer(case)
    except Exception as error:  # Every refusal is an answer.
        said = {"refused": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(said), flush=True)

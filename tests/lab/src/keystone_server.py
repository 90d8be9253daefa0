"""Serves Keystone on a free loopback port, which is written to a file once it listens.

    keystone_server.py CONFIGURATION PORT_FILE
"""
import os
import sys

CONFIGURATION, PORT_FILE = sys.argv[1:]
os.environ["OS_KEYSTONE_CONFIG_FILES"] = CONFIGURATION
# Keystone would read our arguments as its own.
sys.argv = ["keystone"]

from cheroot import wsgi
from keystone.server.wsgi import initialize_public_application

server = wsgi.Server(("127.0.0.1", 0), initialize_public_application(), numthreads=4)
server.prepare()
with open(PORT_FILE + ".new", "w") as file:
    file.write(str(server.bind_addr[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve()

"""Makes an ISO 9660 image of a directory: `mkisofs` for machines that have none.

Ironic and its clients build config drives with the `mkisofs` command. This takes the arguments they
give and does the same with the `pycdlib` package, which Ironic depends on.
"""
import os
import re
import sys

import pycdlib

WITH_VALUE = ("-o", "-V", "-publisher")


def parse(arguments):
    options, directories = {}, []
    rest = iter(arguments)
    for argument in rest:
        if argument in WITH_VALUE:
            options[argument] = next(rest)
        elif not argument.startswith("-"):
            directories.append(argument)
    return options["-o"], options.get("-V", ""), directories[-1]


def plain(name):
    """A name as ISO 9660 has it, for readers that know neither of the other two trees."""
    return re.sub("[^A-Z0-9_]", "_", name.upper())


def add(iso, directory, iso_path="", joliet_path=""):
    for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
        iso_name = iso_path + "/"
        joliet_name = joliet_path + "/" + entry.name
        if entry.is_dir():
            iso_name += plain(entry.name)
            iso.add_directory(iso_name, rr_name=entry.name, joliet_path=joliet_name)
            add(iso, entry.path, iso_name, joliet_name)
        else:
            stem, extension = os.path.splitext(entry.name)
            iso_name += "%s.%s;1" % (plain(stem), plain(extension[1:]))
            iso.add_file(entry.path, iso_name, rr_name=entry.name, joliet_path=joliet_name)


target, label, source = parse(sys.argv[1:])
image = pycdlib.PyCdlib()
image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=label)
add(image, source)
image.write(target)
image.close()

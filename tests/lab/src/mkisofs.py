"""Makes an ISO 9660 image of a directory: `mkisofs` for machines that have none.

Ironic and its clients build config drives with the `mkisofs` command. This takes the arguments they
give and does the same with the `pycdlib` package, which Ironic depends on.
"""
import os
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


def add(iso, directory, iso_path="", joliet_path=""):
    for number, entry in enumerate(sorted(os.scandir(directory), key=lambda entry: entry.name)):
        # The plain ISO name only has to be unique; readers use one of the other two.
        iso_name = "%s/%08d" % (iso_path, number)
        joliet_name = joliet_path + "/" + entry.name
        if entry.is_dir():
            iso.add_directory(iso_name, rr_name=entry.name, joliet_path=joliet_name)
            add(iso, entry.path, iso_name, joliet_name)
        else:
            iso.add_file(entry.path, iso_name + ".;1", rr_name=entry.name, joliet_path=joliet_name)


target, label, source = parse(sys.argv[1:])
image = pycdlib.PyCdlib()
image.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=label)
add(image, source)
image.write(target)
image.close()

# SPDX-License-Identifier: Apache-2.0
"""Makes the wheel with Python's own library alone, so that a build downloads nothing.

The wheel carries the C library, built by CMake from the sources that this folder lies in; with
IDINJECT_LIBRARY (a path to libidinject.so) or IDINJECT_SYSTEM=1 in the environment it carries none,
and the package loads an installed one.
"""

import base64
import hashlib
import os
import re
import subprocess
import sysconfig
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LICENCE = os.path.join(SOURCE, "LICENSE")


def version():
    with open(os.path.join(SOURCE, "include/idinject/version.h"), encoding="ascii") as stream:
        return ".".join(re.findall(r"IDI_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", stream.read()))


def metadata():
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as stream:
        readme = stream.read()
    return (f"Metadata-Version: 2.1\nName: idinject\nVersion: {version()}\n"
            "Summary: Faces from a label map, a style and an identity: libidinject for Python\n"
            "License: Apache-2.0\nRequires-Python: >=3.8\nRequires-Dist: numpy>=1.20\n"
            f"Description-Content-Type: text/markdown\n\n{readme}")


def wants_installed_library():
    return bool(os.environ.get("IDINJECT_LIBRARY") or os.environ.get("IDINJECT_SYSTEM"))


def build_library(folder):
    """The shared library, built in `folder`."""
    subprocess.run(["cmake", "-S", SOURCE, "-B", folder, "-DCMAKE_BUILD_TYPE=Release",
                    "-DIDI_BUILD_TESTS=OFF", "-DIDI_BUILD_BENCH=OFF"]
                   + os.environ.get("IDINJECT_CMAKE_FLAGS", "").split(), check=True)
    subprocess.run(["cmake", "--build", folder, "--target", "idinject", "--parallel",
                    str(os.cpu_count() or 1)], check=True)
    return os.path.realpath(os.path.join(folder, "libidinject.so"))


class Wheel:
    """A zip file with a record of what is in it."""

    def __init__(self, path, info):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.info = info
        self.record = []

    def add(self, name, data):
        # The time is fixed, so that the same sources give the same wheel.
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o100644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(entry, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}")

    def add_file(self, name, path):
        with open(path, "rb") as stream:
            self.add(name, stream.read())

    def close(self):
        record = f"{self.info}/RECORD"
        self.zip.writestr(record, "\n".join(self.record + [f"{record},,", ""]))
        self.zip.close()


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    platform = "any" if wants_installed_library() else re.sub(r"[-.]", "_", sysconfig.get_platform())
    name = f"idinject-{version()}-py3-none-{platform}.whl"
    info = f"idinject-{version()}.dist-info"
    wheel = Wheel(os.path.join(wheel_directory, name), info)
    package = os.path.join(HERE, "idinject")
    for file in sorted(os.listdir(package)):
        if file.endswith((".py", ".pyi", ".typed")):
            wheel.add_file("idinject/" + file, os.path.join(package, file))
    if platform != "any":
        with tempfile.TemporaryDirectory() as folder:
            wheel.add_file("idinject/libidinject.so", build_library(folder))
    wheel.add(f"{info}/METADATA", metadata().encode())
    wheel.add(f"{info}/WHEEL", (f"Wheel-Version: 1.0\nGenerator: idinject\nRoot-Is-Purelib: "
                                f"{str(platform == 'any').lower()}\nTag: py3-none-{platform}\n").encode())
    wheel.add_file(f"{info}/LICENSE", LICENCE)
    wheel.close()
    return name

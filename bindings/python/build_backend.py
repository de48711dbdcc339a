# SPDX-License-Identifier: Apache-2.0
"""Makes the wheel and the source archive with Python's own library alone, so that a build downloads
nothing.

The wheel carries the C library, built by CMake from the sources that this folder lies in; with
IDINJECT_LIBRARY (a path to libidinject.so) or IDINJECT_SYSTEM=1 in the environment it carries none,
and the package loads an installed one. The source archive carries those sources, in the repository's
folders, with a pyproject.toml on top that leads here: a wheel is built of it in the same way.
"""

import base64
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LICENCE = os.path.join(SOURCE, "LICENSE")
# What CMake wants for the library, and what this folder is: of the source archive.
FILES = ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md", "docs/Doxyfile.in", "scripts/man.sh")
FOLDERS = ("cmake", "include", "src", "cuda", "bindings")
SUFFIXES = (".c", ".h", ".hpp", ".cu", ".cuh", ".def", ".map", ".inc", ".cmake", ".in", ".py", ".pyi", ".typed",
            ".toml", ".md")
THEN = 315532800  # 1980: the time is fixed, so that the same sources give the same archives


def require_sources():
    """The sentence for a folder that was taken out of the repository."""
    for name in ("include/idinject/version.h", "CMakeLists.txt", "LICENSE"):
        if not os.path.exists(os.path.join(SOURCE, name)):
            raise RuntimeError(f"idinject: {name} is not in {SOURCE}, where the C library's sources should be: "
                               "build from the whole repository, or from the source archive that build_sdist makes")


def version():
    require_sources()
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
    if shutil.which("cmake") is None:
        raise RuntimeError("idinject: building the C library needs CMake, which is not there; for an installed library "
                           "set IDINJECT_SYSTEM=1, or IDINJECT_LIBRARY to its path")
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

    def _write(self, name, data):
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o100644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(entry, data)

    def add(self, name, data):
        self._write(name, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}")

    def add_file(self, name, path):
        with open(path, "rb") as stream:
            self.add(name, stream.read())

    def close(self):
        record = f"{self.info}/RECORD"
        self._write(record, "\n".join(self.record + [f"{record},,", ""]))
        self.zip.close()


def get_requires_for_build_wheel(config_settings=None):
    return []


def _platform():
    return "any" if wants_installed_library() else re.sub(r"[-.]", "_", sysconfig.get_platform())


def _descriptions():
    """Of a wheel, by the names in its .dist-info."""
    platform = _platform()
    with open(LICENCE, "rb") as licence:
        return {"METADATA": metadata().encode(),
                "WHEEL": (f"Wheel-Version: 1.0\nGenerator: idinject\nRoot-Is-Purelib: "
                          f"{str(platform == 'any').lower()}\nTag: py3-none-{platform}\n").encode(),
                "LICENSE": licence.read()}


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """For who only asks: without it the library would be built to answer."""
    info = f"idinject-{version()}.dist-info"
    os.makedirs(os.path.join(metadata_directory, info))
    for name, data in _descriptions().items():
        with open(os.path.join(metadata_directory, info, name), "wb") as stream:
            stream.write(data)
    return info


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    platform = _platform()
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
    for described, data in _descriptions().items():
        wheel.add(f"{info}/{described}", data)
    wheel.close()
    return name


def _sources():
    """Names in the repository, with slashes, in order."""
    names = list(FILES)
    for folder in FOLDERS:
        for place, folders, files in os.walk(os.path.join(SOURCE, folder)):
            folders[:] = [name for name in folders if not name.startswith((".", "__"))]
            inside = os.path.relpath(place, SOURCE).replace(os.sep, "/")
            names += [f"{inside}/{name}" for name in files if name.endswith(SUFFIXES)]
    return sorted(names)


def _pyproject():
    """Of this folder, for the folder two above it."""
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as stream:
        text = stream.read()
    for here, above in (('backend-path = ["."]', 'backend-path = ["bindings/python"]'),
                        ('readme = "README.md"', 'readme = "bindings/python/README.md"')):
        if here not in text:
            raise RuntimeError(f"pyproject.toml: {here} is not there")
        text = text.replace(here, above)
    return text


def _add(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(data), THEN, 0o644
    archive.addfile(entry, io.BytesIO(data))


def get_requires_for_build_sdist(config_settings=None):
    return []


def build_sdist(sdist_directory, config_settings=None):
    top = f"idinject-{version()}"
    name = top + ".tar.gz"
    with open(os.path.join(sdist_directory, name), "wb") as stream, \
            gzip.GzipFile("", "wb", fileobj=stream, mtime=THEN) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, f"{top}/PKG-INFO", metadata().encode())
        _add(archive, f"{top}/pyproject.toml", _pyproject().encode())
        for source in _sources():
            with open(os.path.join(SOURCE, source), "rb") as file:
                _add(archive, f"{top}/{source}", file.read())
    return name

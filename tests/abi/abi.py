# SPDX-License-Identifier: Apache-2.0
"""The binary interface as text: signatures, constants, and where every member of every struct lies.

    abi.py INCLUDE_DIR                prints it
    abi.py INCLUDE_DIR RELEASED       says what programs built against that release would trip over

Reads the public headers (as clang-format writes them) and lets the C compiler measure.
"""

import os
import re
import subprocess
import sys
import tempfile

CC = os.environ.get("CC", "cc")


def preprocessed(include):
    """The headers without comments, macros and what they include from the system."""
    text = subprocess.run(
        [CC, "-E", "-I", include, os.path.join(include, "idinject/idinject.h")],
        check=True, capture_output=True, text=True).stdout
    ours, is_ours = [], False
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            is_ours = "/idinject/" in marker.group(1)
        elif is_ours:
            ours.append(line)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)+", "", "\n".join(ours))
    return re.sub(r"\s+", " ", text)


def member_names(body):
    """The names that the declarations between a struct's braces declare."""
    for declaration in filter(None, map(str.strip, body.split(";"))):
        function = re.search(r"\(\*(\w+)\)", declaration)
        if function:
            yield function.group(1)
            continue
        for part in declaration.split(","):
            yield re.search(r"(\w+)(\[[^\]]*\])*$", part.strip()).group(1)


def measurements(text):
    """A C program that prints the numbers."""
    yield "#include <idinject/idinject.h>\n#include <stdio.h>\nint main(void) {"
    for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", text):
        yield f'printf("struct {name} %zu\\n", sizeof({name}));'
        for member in member_names(body):
            yield (f'printf("member {name}.{member} %zu %zu\\n", offsetof({name}, {member}),'
                   f" sizeof((({name} *)0)->{member}));")
    for body in re.findall(r"enum(?: \w+)? \{(.*?)\}", text):
        for constant in re.findall(r"(\w+)(?: = [^,]*)?(?:,|$)", body.strip()):
            yield f'printf("constant {constant} %d\\n", (int){constant});'
    yield "return 0; }"


def describe(include):
    """The sorted lines."""
    text = preprocessed(include)
    signatures = re.findall(r"(?<=[;}{]) ([\w \*]*?idi_\w+\([^;{}]*\));", text)
    lines = ["function " + s.strip() for s in signatures if not s.startswith("typedef")]
    with tempfile.TemporaryDirectory() as folder:
        source, binary = os.path.join(folder, "abi.c"), os.path.join(folder, "abi")
        with open(source, "w", encoding="ascii") as stream:
            stream.write("\n".join(measurements(text)))
        subprocess.run([CC, "-I", include, source, "-o", binary], check=True)
        measured = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    return sorted(lines + measured.splitlines())


def breaks(released, now):
    """What a program that was built against `released` would trip over. Additions are none, but for
    members: an _init function writes the whole struct as the library knows it."""
    present, known = set(now), set(released)
    structs = {line.split()[1] for line in released if line.startswith("struct ")}
    for line in released:
        if line not in present:
            yield f"gone or changed: {line}"
    for line in now:
        if line.startswith("member ") and line not in known and line.split()[1].split(".")[0] in structs:
            yield f"new in a struct that programs have: {line}"


def main(include, released=None):
    now = describe(include)
    if released is None:
        print("\n".join(now))
        return 0
    with open(released, encoding="ascii") as stream:
        found = list(breaks([l for l in stream.read().splitlines() if not l.startswith("#")], now))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abi.sh SOURCE_DIR BUILD_DIR [--write] - programs that were built against the last release go on
# working: signatures, constants, structs and the places of their members are those of released.txt;
# functions, constants and structs may be added. --write makes released.txt anew: at a release, or
# before the first one.
set -euo pipefail
cd "$1"
command -v python3 >/dev/null || { echo "python3 is missing"; exit 77; }
command -v "${CC:-cc}" >/dev/null || { echo "no C compiler"; exit 77; }
[ "$(getconf LONG_BIT)" -eq 64 ] || { echo "released.txt is about 64-bit machines"; exit 77; }
released=tests/abi/released.txt
export PYTHONDONTWRITEBYTECODE=1

if [ "${3:-}" = --write ]; then
    {
        echo "# SPDX-License-Identifier: Apache-2.0"
        echo "# The binary interface of the last release (before the first one: as it is), by tests/abi/abi.sh --write."
        echo "# struct: bytes. member: offset, bytes."
        python3 tests/abi/abi.py include
    } >"$released.part"
    mv "$released.part" "$released"
    exit
fi
if ! python3 tests/abi/abi.py include "$released"; then
    echo "Programs built against the last release would break. Before the first release, or with a new"
    echo "SONAME: bash tests/abi/abi.sh . BUILD --write"
    exit 1
fi

# The check finds what it is for.
breaks() { # SED-EXPRESSION WORDS: released.txt changed so is found wanting
    local found
    found=$(python3 tests/abi/abi.py include <(sed -E "$1" "$released")) && { echo "not found: $1"; exit 1; }
    grep -qF "$2" <<<"$found" || { echo "found for $1: $found"; exit 1; }
}
breaks 's/(constant IDI_ERR_SHAPE) -4/\1 -5/' "changed: constant IDI_ERR_SHAPE -5"
breaks 's/^(struct idi_bitmap) 32/\1 24/' "changed: struct idi_bitmap 24"
breaks '/member idi_job.out /d' "new in a struct that programs have: member idi_job.out"
breaks 's/(function int idi_device_count)\(void\)/\1(int from)/' "changed: function int idi_device_count(int from)"
# Additions are not.
python3 tests/abi/abi.py include <(sed -E -e '/idi_job\b/d' -e '/idi_version/d' -e '/constant IDI_SAVE_DRAWN/d' "$released")

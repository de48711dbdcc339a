#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the library's and the program's C files, as .clang-tidy says.
set -euo pipefail
cd "$1"
build=$2
command -v clang-tidy >/dev/null || { echo "clang-tidy is missing"; exit 77; }
# One compilation of each file is enough, the float one; fast files once, for the baseline.
find include src -name '*.c' ! -path 'src/cpu/fast/*' | sort |
    xargs -P "$(nproc)" -n 8 clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
        2> >(grep -vE 'warnings? (generated|treated)|Suppressed|Use -' >&2)

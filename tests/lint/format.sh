#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every source file is as clang-format would write it. `make format` mends.
set -euo pipefail
cd "$1"
command -v clang-format >/dev/null || { echo "clang-format is missing"; exit 77; }
find include src cuda tests bench examples bindings -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' -o -name '*.[ch]pp' |
    sort | xargs clang-format --dry-run -Werror

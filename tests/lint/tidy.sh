#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the library's and the program's C files, as .clang-tidy says.
set -euo pipefail
cd "$1"
build=$2
command -v clang-tidy >/dev/null || { echo "clang-tidy is missing"; exit 77; }
# One compilation of each file is enough, the float one; fast files once, for the baseline.
# The MPI module can be read where it is built.
mpi=()
[ -e "$build/libidinject_mpi.so" ] || mpi=(! -path 'src/mpi/*')
find include src -name '*.c' ! -path 'src/cpu/fast/*' "${mpi[@]}" | sort |
    xargs -P "$(nproc)" -n 8 clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
        2> >(grep -vE 'warnings? (generated|treated)|Suppressed|Use -' >&2)

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a folder with everything that tests/gpu/run.sh and bench/gpu.sh need, for a machine that has
# a GPU but none of our packages: the programs, the library, and the shared libraries that they
# load, except the C library's and NVIDIA's.
#
#     tests/gpu/bundle.sh BUILD_DIR DEST
set -euo pipefail
build=$1
dest=$2
soname=$(readlink "$build/libidinject.so")
mkdir -p "$dest/lib"
for program in test_gpu bench_gpu describe_device idinject "$soname"; do
    [ -e "$build/$program" ] || { echo "bundle: $build/$program is missing" >&2; exit 1; }
    cp -L "$build/$program" "$dest/"
    strip "$dest/$program"
    ldd "$build/$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }'
done | sort -u | while read -r library; do
    case $(basename "$library") in
    libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | ld-linux* | libcuda.so*) ;;
    libcu* | libnv* | libidinject*) ;;
    *) cp -L "$library" "$dest/lib/" ;;
    esac
done
du -sh "$dest" | awk '{ print "bundle: " $1 }'

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# setup.sh [PACKAGE...] - installs what the build and the tests need and this machine lacks, and the
# packages named, from the distribution's. Everything installed already means no work.
set -euo pipefail

packages=(
    gcc g++ make cmake ninja-build pkg-config
    libopenblas-openmp-dev libpng-dev libjpeg-dev libjansson-dev libcriterion-dev
    libopenmpi-dev openmpi-bin
    clang-format clang-tidy doxygen libomp-dev python3 python3-numpy
    "$@"
)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: needs root to install: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null

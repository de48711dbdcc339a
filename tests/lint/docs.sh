#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The public headers' comments as Doxygen reads them: what they name exists. Where Doxygen is.
set -euo pipefail
cd "$1"
doxygen=${DOXYGEN:-doxygen}
command -v "$doxygen" >/dev/null || { echo "doxygen is missing"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sed -e "s|@CMAKE_SOURCE_DIR@|$PWD|g" -e "s|@CMAKE_BINARY_DIR@|$out|g" -e 's|@PROJECT_VERSION@||g' \
    docs/Doxyfile.in >"$out/Doxyfile"
"$doxygen" "$out/Doxyfile"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The pictures of docs/editing.md, by the commands that stand there (its ```bash blocks), with the
# models that come along.
#   scripts/pictures.sh BUILD_DIR [FOLDER]     FOLDER: default docs/pictures, whose pictures it replaces
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=$(cd "${1:?usage: scripts/pictures.sh BUILD_DIR [FOLDER]}" && pwd)
out=${2:-$source_dir/docs/pictures}
mkdir -p "$out"
out=$(cd "$out" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$source_dir/models" models
awk '/^```bash$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$source_dir/docs/editing.md" >commands
# The CPU's pictures: a GPU's differ in the last bits.
printf '%s\n' 'idinject() { command idinject "$@" $([ "$1" = sheet ] && echo --device cpu); }' >device
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} PATH=$build_dir:$PATH
bash -euo pipefail -c '. ./device; . ./commands' >/dev/null
[ $# -gt 1 ] || rm -f "$out"/*.png "$out"/*.apng # a picture that the page no longer makes
cp pictures/* "$out"

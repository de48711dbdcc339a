#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The arrows between the rooms (docs/architecture.md): who may include whom.
set -euo pipefail
cd "$1"

# room: what its files may include, besides the system's and its own headers
declare -A may=(
    [core]="idinject"
    [graph]="core"
    [ops]="graph core"
    [cpu]="ops graph core"
    [cuda]="ops graph core"
    [mpi]="core"
    [nets]="ops graph core"
    [model]="nets ops graph core"
    [data]="core"
    [eval]="model data ops core"
    [train]="eval model nets data ops graph core"
    [api]="cpu cuda train eval model nets data ops graph core idinject"
    [cli]="idinject"
)

bad=0
for room in "${!may[@]}"; do
    folder=src/$room
    [ "$room" = cuda ] && folder=cuda
    while IFS=: read -r file line text; do
        target=$(sed -E 's/.*"([^"]+)".*/\1/' <<<"$text")
        other=${target%%/*}
        [ "$other" = "$target" ] && other=$room # a file beside it
        [ "$other" = "$room" ] && continue
        if ! grep -qw "$other" <<<"${may[$room]}"; then
            echo "$file:$line: $room may not include $target"
            bad=1
        fi
    done < <(grep -rnE '^#include "' "$folder" || true)
done

# Only api/backends.c knows which devices exist.
if grep -rnE '#include "(cpu|cuda)/' src/api --include='*.[ch]' | grep -v '^src/api/backends.c:'; then
    echo "only src/api/backends.c may name a device's room"
    bad=1
fi
exit $bad

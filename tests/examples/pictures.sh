#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pictures.sh SOURCE_DIR BUILD_DIR - the pictures of docs/editing.md are what its commands make: these
# run, and give the pictures that are there, but for what processors round differently.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

page=$source_dir/docs/editing.md
there=$source_dir/docs/pictures
bash "$source_dir/scripts/pictures.sh" "$build_dir" made >"$log/out" 2>"$log/err" || fail "the commands"
[ ! -s "$log/err" ] || fail "something on standard error of the commands"
[ "$(ls made)" = "$(ls "$there")" ] || fail "made: $(ls made | tr '\n' ' '), there: $(ls "$there" | tr '\n' ' ')"
for picture in $(ls made); do
    grep -qF "](pictures/$picture)" "$page" || fail "the page does not show $picture"
done
[ "$(cat "$there"/* | wc -c)" -le 600000 ] || fail "the pictures have more than 600 KB"
command -v python3 >/dev/null || exit 0
PYTHONPATH=$source_dir/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - "$there" <<'PYTHON' ||
import os, sys
from png_pixels import frames, pixels, size
for name in sorted(os.listdir("made")):
    made, there = os.path.join("made", name), os.path.join(sys.argv[1], name)
    assert size(made) == size(there), name
    if name.endswith(".apng"):
        ours, theirs = frames(made), frames(there)
        assert len(ours[0]) == len(theirs[0]) and ours[1:] == theirs[1:], f"{name}: frames or delays"
        pairs = zip(ours[0], theirs[0])
    else:
        pairs = [(pixels(made), pixels(there))]
    for a, b in pairs:
        a, b = b"".join(a), b"".join(b)
        mean = sum(abs(x - y) for x, y in zip(a, b)) / len(a)
        assert mean < 0.25, f"{name}: mean difference {mean}"
PYTHON
    fail "the pictures are of other models or another drawing; bash scripts/pictures.sh BUILD makes them anew"

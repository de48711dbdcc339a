#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# explain.sh SOURCE_DIR BUILD_DIR - an explanation's files: maps of every resolution, shares that add
# up, a sheet; the image is the one that generate makes; mistakes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --size 64 --out who.png
X="explain --model generator.safetensors --recogniser recogniser.safetensors --mask where.png"
X="$X --style how.png"

ok $X --identity who.png --out explained
says "share of a region's attention that goes to the identity"
says "explained/sheet.png"
ok generate --model generator.safetensors --recogniser recogniser.safetensors --mask where.png \
    --style how.png --identity who.png --no-fold --out face.png
same explained/image.png face.png "the image"
ok $X --identity who.png --out again
for name in $(ls explained); do same explained/$name again/$name; done
ok $X --out own
different own/regions.csv explained/regions.csv "another identity"

if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the shares"
import csv, os
rows = list(csv.DictReader(open("explained/regions.csv")))
tokens = [name for name in rows[0] if name not in ("block", "side", "region")]
assert len(tokens) == 20 and tokens[-1] == "identity" and {r["region"] for r in rows} >= {"skin", "hair"}
assert all(abs(sum(float(r[t]) for t in tokens) - 1) < 1e-4 for r in rows)
for block in {r["block"] for r in rows}:
    side = int(next(r["side"] for r in rows if r["block"] == block))
    assert os.path.getsize("explained/attention_%s.npy" % block) > side * side * 20 * 4
PYTHON
fi

refused "want a generator" explain --model recogniser.safetensors --mask where.png \
    --style how.png --out x
misused "option --style FILE is missing" explain --model generator.safetensors --mask where.png --out x

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sheet.sh SOURCE_DIR BUILD_DIR - sheets of faces: each face is what 'generate' makes of the same
# words, people are encoded once, sheets are the same bytes again, mistakes are told with their entry.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
mkdir people
for person in 1 2 3; do
    ok portrait --identity $person --photo 1 --size 64 --out people/p$person.png --mask people/m$person.png
done
ok encode-style --model generator.safetensors --image people/p2.png --mask people/m2.png --out s2.npy
ok embed --model recogniser.safetensors --image people/p2.png --out i2.npy
ok portrait --identity 3 --photo 2 --size 64 --out people/again3.png
models="--model generator.safetensors --recogniser recogniser.safetensors"
cd people
first="--model ../generator.safetensors --recogniser ../recogniser.safetensors --mask m1.png --style p1.png"

# One bare face is the picture of 'generate', to the byte: each thing that varies.
alone() { # THING ENTRY OPTIONS-OF-GENERATE... : with $common on both sides
    local thing=$1 entry=$2
    shift 2
    ok sheet $common --bare --columns "$thing=$entry" --out sheet.png
    ok generate $common "$@" --out wanted.png
    same wanted.png sheet.png "$thing=$entry"
}
common=$first
alone identity p2.png --identity p2.png
alone identity p2.png --identity p2.png --identity-strength 1
alone identity p2.png:2+p3.png --identity p2.png:2 --identity p3.png
alone style-from hair+hat=p2.png+m2.png:0.5 --style-from hair,hat=p2.png,m2.png:0.5
alone mask-from nose+hair=m2.png --mask-from nose,hair=m2.png
alone mask-mix all=m2.png:0.25 --mask-mix all=m2.png:0.25
common="$first --identity p2.png"
alone strength 0.5 --identity-strength 0.5
common="$first --identity p2.png --no-mark --no-fold"
alone strength 1.5 --identity-strength 1.5
ok sheet $first --style-from skin=p3.png,m3.png --bare --columns style-amount=0.25 --out sheet.png
ok generate $first --style-from skin=p3.png,m3.png:0.25 --out wanted.png
same wanted.png sheet.png style-amount
ok sheet $first --mask-mix all=m2.png:0.9 --bare --columns mask-amount=0.25 --out sheet.png
ok generate $first --mask-mix all=m2.png:0.25 --out wanted.png
same wanted.png sheet.png mask-amount
common="${first/--style p1.png/} --identity p1.png"
alone style p2.png+m2.png --style p2.png --style-mask m2.png
alone style p2.png --style p2.png
alone style ../s2.npy --style ../s2.npy
alone style-seed 7 --style-seed 7
# A row's label map is not the photograph's.
common="${first/--mask m1.png/} --style-mask m1.png"
alone mask m2.png --mask m2.png
ok sheet $first --bare --columns mask=m2.png --out sheet.png
same wanted.png sheet.png "the photograph keeps the label map of --mask"
ok sheet $first --no-identity --bare --columns mask=m2.png --out sheet.png
ok generate ${first/--mask m1.png/--mask m2.png} --style-mask m1.png --no-identity --out wanted.png
same wanted.png sheet.png "no identity"

# A grid: each cell at its place, everybody encoded once, the same bytes again.
ok sheet $first --bare --rows identity=p1.png,p2.png,p3.png --columns strength=0..1:3 --out grid.png
says "9 faces in grid.png: 1 styles and 3 identities encoded"
if command -v python3 >/dev/null; then
    for row in 1 2 3; do
        for strength in 0 0.5 1; do
            ok generate $first --identity p$row.png --identity-strength $strength --out cell_$row$strength.png
        done
    done
    PYTHONPATH=$source_dir/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - <<'PYTHON' || fail "the grid's cells"
from png_pixels import cut, pixels, size
assert size("grid.png") == (192, 192), size("grid.png")
grid = pixels("grid.png")
for row in range(3):
    for column, strength in enumerate(("0", "0.5", "1")):
        assert cut(grid, 64 * column, 64 * row, 64, 64) == pixels(f"cell_{row + 1}{strength}.png"), (row, column)
assert cut(grid, 0, 0, 64, 64) != cut(grid, 128, 64, 64, 64)
PYTHON
fi
sheet="sheet $first --rows identity=p1.png,p2.png:2,../i2.npy --columns mask=m1.png,m2.png --heads"
ok $sheet --out one.png
says "6 faces in one.png: 1 styles and 2 identities encoded"
ok $sheet --out two.png
same one.png two.png "the same sheet"
ok ${sheet/--heads/} --out two.png
different one.png two.png "without heads"
ok $sheet --side 128 --out large.png
if command -v python3 >/dev/null; then
    PYTHONPATH=$source_dir/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - <<'PYTHON' || fail "heads"
from png_pixels import cut, pixels, size
whole, photo = pixels("one.png"), pixels("p2.png")
width, height = size("one.png")
places = [(x, y) for y in range(height - 63) for x in range(width - 63) if cut(whole, x, y, 64, 64) == photo]
assert len(places) == 1, places
# Label maps have the colours of the data set: the background's black, the skin's red.
top = {bytes(row[i:i + 3]) for row in whole[:places[0][1] - 72] for i in range(0, 3 * width, 3)}
assert b"\0\0\0" in top and b"\xcc\0\0" in top, top
PYTHON
fi

# What recognisers say is what 'compare' says of the face and the photograph.
ok sheet $first --rows identity=p2.png,p3.png --similarity ../recogniser.safetensors --out judged.png
grep -E '^p2 .* recogniser +-?0\.[0-9]{4}$' "$log/out" >said || fail "no cosine: $(cat "$log/out")"
ok generate $first --identity p2.png --out face.png
ok compare --model ../recogniser.safetensors face.png p2.png
grep -qF -- "$(awk '{ print substr($NF, 1, 5) }' said)" "$log/out" || fail "'compare' says $(cat "$log/out"), the sheet $(cat said)"
ok sheet $first --similarity ../recogniser.safetensors,../recogniser.safetensors --out judged.png
[ "$(wc -l <"$log/out")" -eq 4 ] || fail "want two cosines of one face: $(cat "$log/out")"
ok sheet $first --identity p3.png --identity again3.png --one-person --least-similarity -1 \
    --columns style-from=hair=../s2.npy,skin=../s2.npy --out several.png
says "2 faces in several.png: 1 styles and 2 identities encoded"

# Animations: the columns one after the other, each a sheet of one column.
ok sheet $first --bare --columns strength=0..1:5 --identity p2.png --delay 40 --out a.apng
ok sheet $first --bare --columns strength=0..1:5 --identity p2.png --delay 40 --out again.apng
same a.apng again.apng "the same animation"
ok sheet $first --columns strength=0..1:3 --rows identity=p2.png,p3.png --heads --there-and-back --out back.apng
ok sheet $first --bare --columns strength=0.5 --identity p2.png --out one.apng
if command -v python3 >/dev/null; then
    for strength in 0 0.25 0.5 0.75 1; do
        ok generate $first --identity p2.png --identity-strength $strength --out cell_$strength.png
        ok sheet $first --columns strength=$strength --rows identity=p2.png,p3.png --heads --out still_$strength.png
    done
    PYTHONPATH=$source_dir/tests/cli PYTHONDONTWRITEBYTECODE=1 python3 - <<'PYTHON' || fail "animations"
from png_pixels import chunks, frames, pixels
got, delays = frames("a.apng")
assert got == [pixels(f"cell_{s}.png") for s in ("0", "0.25", "0.5", "0.75", "1")]
assert delays == [0.04] * 5 and pixels("a.apng") == got[0]
assert any(kind == "iTXt" and b"trainedAlgorithmicMedia" in body for kind, body in chunks("a.apng"))
got, delays = frames("back.apng")
assert got == [pixels(f"still_{s}.png") for s in ("0", "0.5", "1", "0.5")] and delays == [0.1] * 4
assert len(frames("one.apng")[0]) == 1
try:
    from PIL import Image
except ImportError:
    print("Pillow is not there: not asked")
else:
    with Image.open("a.apng") as image:
        assert image.n_frames == 5
        for i, s in enumerate(("0", "0.25", "0.5", "0.75", "1")):
            image.seek(i)
            assert image.convert("RGB").tobytes() == b"".join(pixels(f"cell_{s}.png")), i
PYTHON
fi
misused "an animation wants --columns" sheet $first --out no.apng
misused "want --out FILE.apng" sheet $first --columns strength=0,1 --there-and-back --out no.png
misused "whole number from 1 to 65535" sheet $first --columns strength=0,1 --delay 0 --out no.apng

# Mistakes.
misused "option --rows is 'p1.png', want THING=LIST" sheet $first --rows p1.png --out no.png
misused "did you mean 'strength'" sheet $first --rows strenght=1 --out no.png
misused "--rows and --columns both vary 'mask'" sheet $first --rows mask=m1.png --columns mask=m2.png --out no.png
misused "option --columns: entry 2 is '0.5x', want a number" sheet $first --columns strength=0,0.5x --out no.png
misused "entry 1 is '0..1:1'" sheet $first --columns strength=0..1:1 --out no.png
misused "entry 1 is '0..1'" sheet $first --columns strength=0..1 --out no.png
misused "option --rows: entry 2 is empty" sheet $first --rows identity=p1.png,,p2.png --out no.png
misused "more than 32 people" sheet $first --rows identity=$(printf 'p1.png+%.0s' $(seq 32))p1.png --out no.png
misused "more than 256 entries" sheet $first --rows strength=0..1:257 --out no.png
misused "--columns, entry 2 (hare p2): option --style-from: there is no class 'hare'" \
    sheet $first --columns style-from=hair=p2.png+m2.png,hare=p2.png+m2.png --out no.png
misused "want p2.png,MASK" sheet $first --columns style-from=hair=p2.png --out no.png
misused "style-amount is the amount of --style-from" sheet $first --columns style-amount=0,1 --out no.png
misused "mask-amount is the amount of --mask-mix" sheet $first --columns mask-amount=0,1 --out no.png
misused "--mask is missing" sheet ${first/--mask m1.png/--style-mask m1.png} --out no.png
misused "want --style-mask" sheet ${first/--mask m1.png/} --columns mask=m1.png --out no.png
misused "do not go together" sheet $first --no-identity --rows identity=p1.png --out no.png
misused "--rows, entry 1 (i2): --similarity wants a photograph" sheet $first --rows identity=../i2.npy \
    --similarity ../recogniser.safetensors --out no.png
misused "wants one photograph" sheet $first --identity p1.png --identity p2.png \
    --similarity ../recogniser.safetensors --out no.png
misused "at most" sheet $first --columns strength=0..1:17 --side 1024 --out no.png
misused "whole number from 16 to 1024" sheet $first --side 8 --out no.png
refused "--rows, entry 2 (p9), --columns, entry 1 (0): p9.png" sheet $first --rows identity=p1.png,p9.png \
    --columns strength=0,1 --out no.png
refused "generator is a generator" sheet $first --similarity ../generator.safetensors --out no.png
refused "is a recogniser" sheet --model ../recogniser.safetensors --mask m1.png --out no.png

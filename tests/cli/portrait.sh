#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# portrait.sh SOURCE_DIR BUILD_DIR - procedural portraits: repeatable, as large as asked for, with
# label map and landmarks, singly and as a sheet.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# png_size FILE: "WIDTH HEIGHT" from the header; fails if it is no PNG.
png_size() {
    [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$1 is no PNG"
    od -An -tu1 -j16 -N8 "$1" |
        awk '{ print (($1*256+$2)*256+$3)*256+$4, (($5*256+$6)*256+$7)*256+$8 }'
}

ok portrait --identity 7 --photo 2 --size 64 --out a.png --mask am.png --landmarks a.json
ok portrait --identity 7 --photo 2 --size 64 --out b.png --mask bm.png --landmarks b.json
same a.png b.png
same am.png bm.png
same a.json b.json
[ "$(png_size a.png)" = "64 64" ] || fail "a.png has $(png_size a.png) pixels"
[ "$(png_size am.png)" = "64 64" ] || fail "am.png has $(png_size am.png) pixels"

ok portrait --identity 8 --photo 2 --size 64 --out other.png
different a.png other.png "another person"
ok portrait --identity 7 --photo 3 --size 64 --out other.png
different a.png other.png "another photograph"

# The defaults are person 1, photograph 1, 256 pixels.
ok portrait --out default.png
[ "$(png_size default.png)" = "256 256" ] || fail "the default size is $(png_size default.png)"
ok portrait --identity 1 --photo 1 --size 256 --out same.png
same default.png same.png

# A drawing does not claim to come from a model.
! grep -qa trainedAlgorithmicMedia a.png || fail "a portrait carries a model's mark"
grep -qa digitalsourcetype/algorithmicMedia a.png || fail "a portrait's mark is missing"

if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "a.json"
import json
found = json.load(open("a.json"))
assert (found["identity"], found["photo"], found["size"]) == (7, 2, 64), found
marks = found["landmarks"]
assert list(marks) == ["left_eye", "right_eye", "nose_tip", "left_mouth_corner",
                       "right_mouth_corner"], marks
assert all(0 < v < 64 for point in marks.values() for v in point), marks
assert marks["left_eye"][0] < marks["right_eye"][0], marks
assert marks["left_eye"][1] < marks["nose_tip"][1] < marks["left_mouth_corner"][1], marks
PYTHON
fi

# A sheet of 2 people by 3 photographs with gaps of one pixel.
ok portrait --identity 7 --photo 2 --size 32 --sheet 2x3 --out sheet.png --mask sheet_mask.png
[ "$(png_size sheet.png)" = "98 65" ] || fail "the sheet has $(png_size sheet.png) pixels"
[ "$(png_size sheet_mask.png)" = "98 65" ] || fail "the mask sheet has $(png_size sheet_mask.png)"
ok portrait --identity 7 --photo 2 --size 32 --sheet 2x3 --out again.png
same sheet.png again.png
ok portrait --identity 7 --photo 2 --size 32 --sheet 1x1 --out one.png
ok portrait --identity 7 --photo 2 --size 32 --out single.png
same one.png single.png "a sheet of one is the portrait"

# An output that exists is replaced.
echo old >a.png
ok portrait --identity 7 --photo 2 --size 64 --out a.png
same a.png b.png

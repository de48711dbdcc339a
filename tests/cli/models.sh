#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# models.sh SOURCE_DIR BUILD_DIR - the models that come along: small files with their notes, and what
# their page says of them, in small: faces keep the own identity and take a swapped one, by the
# recogniser of the training and by two that had no part in it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

models=$source_dir/models
for name in generator_64 iresnet_64 iresnet_w16 mobilefacenet_64 hardened_64; do
    ok info $models/$name.safetensors
    says "licence        Apache-2.0"
    says "procedural portraits of idinject"
    [ "$(stat -c %s $models/$name.safetensors)" -le 16000000 ] || fail "$name is larger than 16 MB"
    grep -qF "$name.safetensors" $models/README.md || fail "$name is not on the page"
    [ -s "$source_dir/recipes/$name.json" ] || fail "$name has no recipe"
    header=$(od -A n -t u8 -N 8 "$models/$name.safetensors")
    head -c $((header + 8)) "$models/$name.safetensors" | tail -c +9 >notes
    grep -q safetensors notes || [ $name != generator_64 ] || fail "the notes are not where they are read"
    ! grep -q '"/' notes || fail "$name has a path of the machine that made it"
done
ok info $models/generator_64.safetensors
says "recogniser     iresnet_64.safetensors"

recognisers=$models/iresnet_64.safetensors,$models/mobilefacenet_64.safetensors,$models/hardened_64.safetensors
ok demo --device cpu --out demo --model $models/generator_64.safetensors --recognisers $recognisers
! grep -q RANDOM "$log/out" || fail "the demo takes them for random weights"
[ -s demo/sheet.png ] || fail "no contact sheet"
# Rows of "... iresnet_64  0.9201  0.9201": cosines to whose identity it got, and to whose look.
grep -E '(iresnet|mobilefacenet|hardened)_64 ' "$log/out" >rows
[ "$(wc -l <rows)" -eq 18 ] || fail "want 6 results by 3 recognisers"
awk '{ who = $(NF - 1); how = $NF }
     who < 0.35 { print "too little of whose identity it got: " $0; bad = 1 }
     who != how && how > 0.3 { print "too much of whose look it has: " $0; bad = 1 }
     END { exit bad }' rows || fail "the demo's identities"

ok evaluate generator --device cpu --model $models/generator_64.safetensors \
    --recognisers $recognisers --people 5000..5029 --photos 4 --attacks 30 --replicates 200 --out report
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "what the models do"
import json
conditions = {c["condition"]: c for c in json.load(open("report/report.json"))["conditions"]}
def mean(condition, k, column):
    return conditions[condition]["recognisers"][k][column]["value"]
for k, least in enumerate((0.45, 0.35, 0.35)):
    assert mean("own", k, "to_first") > least, (k, mean("own", k, "to_first"))
    assert mean("injected", k, "to_second") > least, (k, mean("injected", k, "to_second"))
    assert mean("injected", k, "to_first") < 0.25 and mean("own", k, "to_second") < 0.15, k
assert conditions["injected"]["look"]["ssim"]["value"] > 0.8
PYTHON
fi

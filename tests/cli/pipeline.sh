#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pipeline.sh SOURCE_DIR BUILD_DIR - the whole way on files with tiny random models: portraits,
# embeddings, style codes, generated faces, the demo.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
ok init --arch ca2sis-id --config generator.json --seed 1 --out again.safetensors
same generator.safetensors again.safetensors "the same seed"
ok init --arch ca2sis-id --config generator.json --seed 3 --out again.safetensors
different generator.safetensors again.safetensors "another seed"

ok portrait --identity 1 --photo 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --photo 1 --size 64 --out who.png --mask who_mask.png

# What a model file holds.
ok info generator.safetensors
says "ca2sis-id"
says "generator"
says "parameters"
ok info --json generator.safetensors
cp "$log/out" info.json
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "info --json"
import json
info = json.load(open("info.json"))
assert info["arch"] == "ca2sis-id" and info["kind"] == "generator", info
assert info["size"] == 64 and info["identity_dim"] == 32 and info["classes"] == 19, info
assert info["style_width"] == 3 * 16 and info["parameters"] > 1000, info
assert info["config"]["size"] == 64 and len(info["config"]["blocks"]) == 3, info
PYTHON
fi
ok info recogniser.safetensors
says "mobilefacenet"

fingerprint_of() { "$program" info "$1" | awk '$1 == "fingerprint" { print $2 }'; }

# Labels alone, and styles with noise.
echo '{"size": 64, "width": 2, "spade_hidden": 5}' > spade.json
echo '{"size": 64, "width": 2, "spade_hidden": 5, "style_dim": 6}' > sean.json
ok init --arch spade --config spade.json --seed 1 --out spade.safetensors
ok info spade.safetensors
says "style width    0"
ok generate --model spade.safetensors --mask where.png --out spade.png
refused "takes no style" generate --model spade.safetensors --mask where.png --style how.png \
    --out no.png
echo '{"mask": "where.png", "out": "spade.png"}' > spade_jobs.json
ok batch --model spade.safetensors --manifest spade_jobs.json --out spade_faces
same spade.png spade_faces/spade.png "labels alone in a batch"
ok init --arch sean --config sean.json --seed 1 --out sean.safetensors
ok generate --model sean.safetensors --mask where.png --style how.png --out sean.png
ok generate --model sean.safetensors --mask where.png --style how.png --out sean4.npy
ok generate --model sean.safetensors --mask where.png --style how.png --noise --out noise.png
different sean.png noise.png "with noise"
ok generate --model sean.safetensors --mask where.png --style how.png --noise --noise-seed 1 \
    --out noise1.png
different noise.png noise1.png "another noise"
ok encode-style --model sean.safetensors --image how.png --mask where.png --out sean.npy
ok generate --model sean.safetensors --mask where.png --style how.png --mean-style sean.npy \
    --out mean.png
same sean.png mean.png "the style's own codes for what it lacks"
refused "want [classes, width]" generate --model sean.safetensors --mask where.png --style how.png \
    --mean-style sean4.npy --out no.png

# npy_header FILE WORDS
npy_header() {
    head -c 128 "$1" | grep -aqF "$2" || fail "$1: no $2 in the header"
}

ok embed --model recogniser.safetensors --image who.png --out who.npy
npy_header who.npy "'shape': (32,)"
ok embed --model recogniser.safetensors --image how.png --out how.npy
ok encode-style --model generator.safetensors --image how.png --mask where.png --out style.npy
npy_header style.npy "'shape': (19, 48)"
ok encode-style --model generator.safetensors --image how.png --mask where.png --out style2.npy
same style.npy style2.npy

# Comparing pictures, embeddings, and one with the other.
is_one() { [ "$(cat "$log/out")" = 1.000000 ] || fail "similarity is $(cat "$log/out"), want 1"; }
ok compare who.png who.png --model recogniser.safetensors
is_one
ok compare who.npy who.npy
is_one
ok compare who.png who.npy --model recogniser.safetensors
is_one
ok compare who.png how.png --model recogniser.safetensors
grep -qE '^-?[01]\.[0-9]{6}$' "$log/out" || fail "similarity is '$(cat "$log/out")'"
[ "$(cat "$log/out")" != 1.000000 ] || fail "two people are the same to the recogniser"

# Faces.
models="--model generator.safetensors --recogniser recogniser.safetensors"
made="$models --mask where.png --style how.png"
ok generate $made --identity who.png --out face.png
ok generate $made --identity who.png --out again.png
same face.png again.png "the same twice"
ok generate $made --identity who.npy --out again.png
same face.png again.png "an identity from its embedding"
ok generate $made --identity who.png --identity-strength 1 --out again.png
same face.png again.png "strength 1 is the default"
ok generate $made --identity who.png --style-mask where.png --out again.png
same face.png again.png "the style's mask is --mask by default"

ok generate $made --out own.png
different face.png own.png "another identity"
ok generate $made --identity who.png --identity-strength 0 --out again.png
same own.png again.png "strength 0 is the own identity"
ok generate $made --identity how.png --out again.png
same own.png again.png "the own identity given"
ok generate $made --identity who.png --identity-strength 0.5 --out half.png
different half.png own.png "half of the strength"
different half.png face.png "half of the strength"

ok generate $made --identity who.png --out face.npy
npy_header face.npy "'shape': (1, 3, 64, 64)"
ok generate $made --identity who.png --out again.npy
same face.npy again.npy
ok generate $made --identity who.png --no-fold --out plain.npy
different face.npy plain.npy "the other form rounds elsewhere"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "--no-fold makes another image"
import array
read = lambda name: array.array("f", open(name, "rb").read()[128:])
assert max(abs(a - b) for a, b in zip(read("face.npy"), read("plain.npy"))) < 1e-4
PYTHON
fi
[ "$(wc -c <face.npy)" -eq $((128 + 4 * 3 * 64 * 64)) ] || fail "face.npy has another length"

# A generator that names its recogniser finds it beside itself, and takes no other's photographs; an
# embedding tells nothing of its recogniser and is taken.
mkdir models
cp recogniser.safetensors models/arcface.safetensors
ok convert --in generator.safetensors --recogniser models/arcface.safetensors \
    --out models/g.safetensors
ok info models/g.safetensors
says "arcface.safetensors"
named="--model models/g.safetensors --mask where.png --style how.png"
ok generate $named --identity who.png --out again.png
same face.png again.png "the recogniser that the file names"
ok init --arch mobilefacenet --config recogniser.json --seed 3 --out stranger.safetensors
refused "the model takes those of $(fingerprint_of recogniser.safetensors), arcface" \
    generate $named --recogniser stranger.safetensors --identity who.png --out other.png
one_sentence "made by recogniser $(fingerprint_of stranger.safetensors)"
ok embed --model stranger.safetensors --image who.png --out stranger.npy
ok generate $named --identity stranger.npy --out again.png
refused "g.safetensors: is a generator" convert --in generator.safetensors \
    --recogniser models/g.safetensors --out other.safetensors

# The mark of a generated picture, and how to leave it out.
grep -qa trainedAlgorithmicMedia face.png || fail "face.png carries no mark"
ok generate $made --identity who.png --no-mark --out bare.png
! grep -qa trainedAlgorithmicMedia bare.png || fail "bare.png carries a mark"

# Memory: a limit that is kept, and one that does not do.
ok generate $made --identity who.png --memory-limit 1G --device cpu --out again.png
same face.png again.png
refused "" generate $made --identity who.png --memory-limit 100K --out small.png

# With --verbose the log tells of the run, on standard error.
run generate $made --identity who.png --verbose --out again.png
[ "$rc" -eq 0 ] || fail "exit code $rc with --verbose"
grep -q '^idinject: ' "$log/err" || fail "--verbose says nothing"

# The demo, with the tiny models instead of the full-size ones.
demo="--model generator.safetensors --recognisers recogniser.safetensors,recogniser.safetensors"
ok demo --out demo $demo
says "contact sheet: demo/sheet.png"
says "swapped identity"
says "RANDOM (untrained)"
[ -s demo/sheet.png ] || fail "no contact sheet"
[ "$(ls demo/result_*.png | wc -l)" -eq 6 ] || fail "not six results"
cp demo/sheet.png sheet.png
ok demo --out demo $demo
same demo/sheet.png sheet.png "the same twice"
refused "" demo --out demo --model recogniser.safetensors \
    --recognisers recogniser.safetensors

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# edit.sh SOURCE_DIR BUILD_DIR - generate with styles, parts and identities of several people.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
for person in 1 2 3; do
    ok portrait --identity $person --photo 1 --size 64 --out p$person.png --mask m$person.png
    ok encode-style --model generator.safetensors --image p$person.png --mask m$person.png \
        --out s$person.npy
    ok embed --model recogniser.safetensors --image p$person.png --out i$person.npy
done
models="--model generator.safetensors --recogniser recogniser.safetensors"
first="$models --mask m1.png --style p1.png"
ok generate $first --out first.png

# Everything of the second person is the second person.
ok generate $models --mask m2.png --style p2.png --out second.png
ok generate $first --style-from all=p2.png,m2.png --mask-from all=m2.png --identity p2.png \
    --out both.png
same second.png both.png "all exchanged"

# Styles: none, all, one class, parts of it; codes for photographs.
ok generate $first --style-from all=p2.png,m2.png:0 --out again.png
same first.png again.png "nothing of the second"
ok generate $models --mask m1.png --style p2.png --style-mask m2.png --identity p1.png --out look.png
ok generate $first --style-from all=s2.npy --out again.png
same look.png again.png "all codes of the second"
ok generate $first --style-from all=s3.npy --style-from all=s2.npy:1 --out again.png
same look.png again.png "the last one counts"
ok generate $first --style-from hair,hat=p2.png,m2.png --out hair.png
different first.png hair.png "another hair"
different look.png hair.png "only hair"
ok generate $first --style-from hair=s2.npy --style-from hat=s2.npy --out again.png
same hair.png again.png "class by class"
ok generate $first --style-from hair,hat=s2.npy:0.5 --out half.png
different hair.png half.png "half of it"
ok generate $models --mask m1.png --style s1.npy --identity i1.npy --out again.png
same first.png again.png "codes for the photograph"

# Parts of another's label map.
ok generate $first --mask-from nose,hair=m2.png --out parts.png
different first.png parts.png "another nose"
ok generate $first --mask-from nose,hair=m1.png --out again.png
same first.png again.png "the own nose"

# Identities: mixtures, and one person's photographs.
ok generate $first --identity i2.npy --out who.png
ok generate $first --identity p2.png --identity i3.npy:0 --out again.png
same who.png again.png "a mixture of one"
ok generate $first --identity i2.npy:3 --identity p1.png:1 --out mixed.png
ok generate $first --identity i2.npy --identity-strength 0.75 --out again.png
same mixed.png again.png "a mixture of two is the strength between"
ok generate $first --identity i1.npy --identity i2.npy --identity i3.npy --out three.png
different mixed.png three.png "three people"
ok generate $first --identity p2.png --one-person --out again.png
same who.png again.png "one photograph of one person"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON'
import struct
def write(name, axis):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (32,), }".ljust(117) + "\n"
    values = [float(i == axis) + 0.1 * (i == 31) for i in range(32)]
    open(name, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                           + struct.pack("<32f", *values))
for name, axis in (("a.npy", 0), ("b.npy", 0), ("c.npy", 0), ("stranger.npy", 5)):
    write(name, axis)
PYTHON
    ok generate $first --one-person --identity a.npy --identity stranger.npy --identity b.npy \
        --identity c.npy --out person.png
    says "left out of the identity: stranger.npy (similarity 0.0"
    ok generate $first --one-person --identity a.npy --identity b.npy --identity c.npy --out again.png
    [ ! -s "$log/out" ] || fail "something is left out"
    same person.png again.png "without the stranger"
    ok generate $first --one-person --least-similarity -1 --identity a.npy --identity stranger.npy \
        --identity b.npy --identity c.npy --out again.png
    different person.png again.png "with the stranger"
    refused "option --one-person: average: none of 2 identities" generate $first --one-person --identity a.npy \
        --identity stranger.npy --out no.png
fi

# What the network makes of two label maps; no identity.
ok generate $models --mask m2.png --style p1.png --style-mask m1.png --identity i1.npy --out place.png
ok generate $first --identity i1.npy --mask-mix all=m2.png --out again.png
same place.png again.png "all of the other label map"
ok generate $first --mask-mix all=m2.png:0 --out again.png
same first.png again.png "nothing of the other label map"
ok generate $first --mask-mix hair=m2.png:0.5 --out again.png
different first.png again.png "half of the other hair"
sed 's/"identity_dim": 32/"identity_dim": 0/' generator.json >none.json
ok init --arch ca2sis --config none.json --seed 1 --out none.safetensors
ok generate --model none.safetensors --mask m1.png --style p1.png --out none.png
ok generate --model generator.safetensors --mask m1.png --style p1.png --no-identity --out again.png
same none.png again.png "the model without identity"
misused "do not go together" generate $first --no-identity --identity i2.npy --out no.png
misused "no class 'hare'" generate $first --mask-mix hare=m2.png --out no.png

# A look of noise.
ok generate $models --mask m1.png --style-seed 3 --identity i1.npy --out noise.png
ok generate $models --mask m1.png --style-seed 3 --identity i1.npy --out again.png
same noise.png again.png "the same seed"
ok generate $models --mask m1.png --style-seed 4 --identity i1.npy --out again.png
different noise.png again.png "another seed"

# SEAN has styles, SPADE neither styles nor codes: what they have is edited as above, and what they have
# not is refused by the name of the option, before any file is read.
echo '{"size": 64, "width": 2, "spade_hidden": 5}' >spade.json
echo '{"size": 64, "width": 2, "spade_hidden": 5, "style_dim": 6}' >sean.json
ok init --arch spade --config spade.json --seed 1 --out spade.safetensors
ok init --arch sean --config sean.json --seed 1 --out sean.safetensors
sean="--model sean.safetensors --mask m1.png"
ok encode-style --model sean.safetensors --image p2.png --mask m2.png --out sean2.npy
ok generate $sean --style p2.png --style-mask m2.png --out sean_look.png
ok generate $sean --style p1.png --out sean_first.png
for style in p2.png,m2.png sean2.npy; do
    ok generate $sean --style p1.png --style-from all=$style --out again.png
    same sean_look.png again.png "all codes of the second, of sean"
    ok generate $sean --style p1.png --style-from all=$style:0 --out again.png
    same sean_first.png again.png "no code of the second, of sean"
done
ok generate $sean --style p1.png --style-from hair,skin=sean2.npy:0.5 --out again.png
different sean_first.png again.png "half of another hair and skin, of sean"
ok generate $sean --style p1.png --no-identity --out again.png
same sean_first.png again.png "no identity of a model that takes none"
ok generate --model sean.safetensors --mask m2.png --style p1.png --style-mask m1.png --out place.png
ok generate $sean --style p1.png --style-mask m1.png --mask-from all=m2.png --out again.png
same place.png again.png "all parts of the second, of sean"
ok generate --model spade.safetensors --mask m2.png --out place.png
ok generate --model spade.safetensors --mask m1.png --mask-from all=m2.png --out again.png
same place.png again.png "all parts of the second, of spade"
for arch in sean spade; do
    of="--model $arch.safetensors --mask gone.png"
    if [ $arch = sean ]; then of="$of --style gone.png"; fi
    refused "option --mask-mix: $arch.safetensors has no mask codes that could be mixed: its architecture is $arch" \
        generate $of --mask-mix all=gone.png:0.5 --out no.png
    refused "option --identity: $arch.safetensors takes no identity: its architecture is $arch" \
        generate $of --identity gone.png --identity gone.npy --out no.png
done
refused "option --style-seed: sean.safetensors has no mapping network" \
    generate --model sean.safetensors --mask gone.png --style-seed 1 --out no.png
spade="--model spade.safetensors --mask gone.png --mask-from nose=gone.png"
refused "option --style: spade.safetensors takes no style" generate $spade --style gone.png --out no.png
refused "option --style-mask: spade.safetensors takes no style" generate $spade --style-mask gone.png --out no.png
refused "option --style-seed: spade.safetensors takes no style" generate $spade --style-seed 1 --out no.png
refused "option --style-from: spade.safetensors takes no style" generate $spade --style-from hair=s2.npy --out no.png
refused "option --mean-style: spade.safetensors takes no style" generate $spade --mean-style s2.npy --out no.png

# Mistakes.
misused "no class 'hare'" generate $first --style-from hare=s2.npy --out no.png
misused "want CLASSES=FILE" generate $first --style-from hair --out no.png
misused "want p2.png,MASK" generate $first --style-from hair=p2.png --out no.png
misused "no class ''" generate $first --mask-from =m2.png --out no.png
misused "want --style, or --style-seed" generate $models --mask m1.png --style p1.png \
    --style-seed 1 --out no.png
misused "whole number" generate $models --mask m1.png --style-seed -1 --out no.png
misused "want --identity" generate $models --mask m1.png --style-seed 1 --out no.png
misused "wants photographs" generate $first --one-person --out no.png
refused "gone.png" generate $first --style-from hair=gone.png,m2.png --out no.png
refused "gone.png" generate $first --mask-from hair=gone.png --out no.png
refused "gone.npy" generate $first --identity i1.npy --identity gone.npy:2 --out no.png
misused "option --identity: the weight of i2.npy is -2, want 0 or more" generate $first \
    --identity i1.npy --identity i2.npy:-2 --out no.png
misused "option --identity: all weights are 0" generate $first --identity i1.npy:0 --identity i2.npy:0 --out no.png
misused "option --identity: i2.npy has a weight, which --one-person does not look at" generate $first \
    --one-person --identity i1.npy --identity i2.npy:2 --out no.png
misused "option --least-similarity is 1.5, want -1 to 1" generate $first --one-person --identity i1.npy \
    --least-similarity 1.5 --out no.png
refused "option --style-from: mixed style" generate $first --style-from hair=s2.npy:1e300 --out no.png
refused "want [19, 48] numbers" generate $first --style-from hair=i1.npy --out no.png

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch_edit.sh SOURCE_DIR BUILD_DIR - edits in a list of jobs: each job is what 'generate' makes of the
# same words, in JSON lines and in CSV, beside other jobs and alone; people are encoded once; mistakes
# are told with their line and member.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
mkdir lists lists/people
cd lists
for person in 1 2 3; do
    ok portrait --identity $person --photo 1 --size 64 --out people/p$person.png --mask people/m$person.png
done
ok encode-style --model ../generator.safetensors --image people/p2.png --mask people/m2.png --out people/s2.npy
ok embed --model ../recogniser.safetensors --image people/p2.png --out people/i2.npy
cd ..
M="--model generator.safetensors --recogniser recogniser.safetensors"

# edit NAME MEMBERS OPTIONS...: a job with these members, and what 'generate' makes of these options in
# the list's folder.
: >lists/jobs.jsonl
names=
edit() {
    local name=$1 members=$2
    shift 2
    printf '{"mask": "people/m1.png", %s, "out": "%s"}\n' "$members" "$name" >>lists/jobs.jsonl
    cd lists
    ok generate --model ../generator.safetensors --recogniser ../recogniser.safetensors \
        --mask people/m1.png "$@" --out "../wanted_$name"
    cd ..
    names="$names $name"
}
style='"style": "people/p1.png"'
edit plain.png "$style" --style people/p1.png
edit hair.png "$style, \"style_from\": \"hair,hat=people/p2.png,people/m2.png\"" \
    --style people/p1.png --style-from hair,hat=people/p2.png,people/m2.png
edit half.npy "$style, \"style_from\": [\"hair=people/s2.npy:0.5\", \"skin=people/p3.png,people/m3.png\"]" \
    --style people/p1.png --style-from hair=people/s2.npy:0.5 --style-from skin=people/p3.png,people/m3.png
edit mean.png "$style, \"mean_style\": \"people/s2.npy\"" --style people/p1.png --mean-style people/s2.npy
edit codes.png '"style": "people/s2.npy", "identity": "people/i2.npy"' --style people/s2.npy --identity people/i2.npy
edit noise.png '"style_seed": 7, "identity": "people/p1.png"' --style-seed 7 --identity people/p1.png
edit parts.png "$style, \"mask_from\": \"nose,hair=people/m2.png\"" --style people/p1.png \
    --mask-from nose,hair=people/m2.png
edit parts_of_two.png "$style, \"mask_from\": [\"nose=people/m2.png\", \"hair=people/m3.png\"]" \
    --style people/p1.png --mask-from nose=people/m2.png --mask-from hair=people/m3.png
edit mixed.png "$style, \"mask_mix\": \"all=people/m2.png:0.5\"" --style people/p1.png --mask-mix all=people/m2.png:0.5
edit strength.png "$style, \"style_from\": \"hair=people/s2.npy\", \"identity\": \"people/p2.png\", \"identity_strength\": 0.5" \
    --style people/p1.png --style-from hair=people/s2.npy --identity people/p2.png --identity-strength 0.5
edit two.png "$style, \"identity\": [\"people/p2.png:2\", \"people/p3.png\"]" --style people/p1.png \
    --identity people/p2.png:2 --identity people/p3.png
edit beyond.jpg.png "$style, \"identity\": [\"people/p2.png\", \"people/p3.png\"], \"identity_strength\": 1.25" \
    --style people/p1.png --identity people/p2.png --identity people/p3.png --identity-strength 1.25
edit one.png "$style, \"identity\": [\"people/p2.png\", \"people/i2.npy\"], \"one_person\": true, \"least_similarity\": -1" \
    --style people/p1.png --identity people/p2.png --identity people/i2.npy --one-person --least-similarity -1
edit nobody.png "$style, \"no_identity\": true" --style people/p1.png --no-identity
edit nobody_mixed.npy "$style, \"no_identity\": true, \"mask_mix\": \"hair=people/m3.png:0.25\"" \
    --style people/p1.png --no-identity --mask-mix hair=people/m3.png:0.25
edit all.png "$style, \"style_mask\": \"people/m1.png\", \"style_from\": \"all=people/p2.png,people/m2.png\", \"mask_from\": \"all=people/m2.png\", \"identity\": [\"people/p2.png\"]" \
    --style people/p1.png --style-from all=people/p2.png,people/m2.png --mask-from all=people/m2.png --identity people/p2.png
edit last.npy "$style, \"identity\": \"people/p3.png\"" --style people/p1.png --identity people/p3.png

compare() { # FOLDER
    local name
    for name in $names; do same "wanted_$name" "$1/$name" "a job of $1"; done
}
ok batch $M --manifest lists/jobs.jsonl --out faces
# Of files: p1 with m1 and p1, p3. Of edits: p1, p2, p3 as looks, p1, p2, p3 as people.
says "17 images in faces: 4 styles and 5 identities encoded"
compare faces
different faces/plain.png faces/nobody.png "without identity"
different faces/hair.png faces/plain.png "another hair"
ok batch $M --manifest lists/jobs.jsonl --out threes --batch 3 --threads 3 --references 0
compare threes
same faces/run.json threes/run.json
ok batch $M --manifest lists/jobs.jsonl --out slow --threads 0
compare slow
# Part of it made, then all in another order: edits are part of a job.
head -n 9 lists/jobs.jsonl >lists/some.jsonl
ok batch $M --manifest lists/some.jsonl --out twice
tac lists/jobs.jsonl >lists/backwards.jsonl
ok batch $M --manifest lists/backwards.jsonl --out twice
says "8 images in twice"
says "9 more were made before"
compare twice
sed 's/nose,hair=/nose=/' lists/some.jsonl >lists/edited.jsonl
refused "parts.png was made of another job than the list's line 7" batch $M --manifest lists/edited.jsonl --out twice
ok batch $M --manifest lists/some.jsonl --out some.tar
tar -xOf some.tar parts.json | grep -q '"mask_from":"nose,hair=people/m2.png"' || fail "the job is not in the tar"
tar -xOf some.tar parts.png >parts.png
same parts.png wanted_parts.png "in a tar"

# The same as CSV: a column again for what an option may be given again for.
{
    echo mask,style,out,style_from,style_from,identity,identity,one_person,least_similarity,no_identity,mask_from,mask_mix,style_seed,mean_style,identity_strength
    echo people/m1.png,people/p1.png,plain.png,,,,,,,,,,,,
    echo 'people/m1.png,people/p1.png,hair.png,"hair,hat=people/p2.png,people/m2.png",,,,,,,,,,,'
    echo 'people/m1.png,people/p1.png,half.npy,hair=people/s2.npy:0.5,"skin=people/p3.png,people/m3.png",,,,,,,,,,'
    echo people/m1.png,people/p1.png,mean.png,,,,,,,,,,,people/s2.npy,
    echo people/m1.png,,noise.png,,,people/p1.png,,,,,,,7,,
    echo 'people/m1.png,people/p1.png,parts.png,,,,,,,,"nose,hair=people/m2.png",,,,'
    echo people/m1.png,people/p1.png,mixed.png,,,,,,,,,all=people/m2.png:0.5,,,
    echo people/m1.png,people/p1.png,two.png,,,people/p2.png:2,people/p3.png,,,,,,,,
    echo people/m1.png,people/p1.png,one.png,,,people/p2.png,people/i2.npy,true,-1,,,,,,
    echo people/m1.png,people/p1.png,nobody.png,,,,,false,,true,,,,,
    echo people/m1.png,people/p1.png,strength.png,,hair=people/s2.npy,people/p2.png,,,,,,,,,0.5
} >lists/jobs.csv
ok batch $M --manifest lists/jobs.csv --out table
says "11 images in table"
names="plain.png hair.png half.npy mean.png noise.png parts.png mixed.png two.png one.png nobody.png strength.png"
compare table

# Whose photograph is left out is told, with the job.
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON'
import struct
def write(name, axis):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (32,), }".ljust(117) + "\n"
    values = [float(i == axis) + 0.1 * (i == 31) for i in range(32)]
    open(name, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                           + struct.pack("<32f", *values))
for name, axis in (("a.npy", 0), ("b.npy", 0), ("stranger.npy", 5)):
    write("lists/people/" + name, axis)
PYTHON
    printf '{"mask": "people/m1.png", %s, "out": "x.png", "one_person": true, "identity": %s}\n' "$style" \
        '["people/a.npy", "people/stranger.npy", "people/b.npy"]' >lists/one.jsonl
    ok batch $M --manifest lists/one.jsonl --out one
    says "x.png: left out of the identity: people/stranger.npy"
fi

# Files that are not there: the job fails alone, told in the list's order, and can be run again.
job() { printf '{"mask": "people/m1.png", %s, "out": "%s"}\n' "$2" "$1"; }
{
    job a.png "$style"
    job b.png "$style, \"style_from\": \"hair=people/gone.png,people/m2.png\""
    job c.png '"style": "people/absent.png"'
    job d.png "$style, \"identity\": [\"people/i2.npy\", \"people/p4.png:2\"]"
    job e.png "$style, \"mask_from\": \"hair=people/m2.png\""
} >lists/bad_files.jsonl
run batch $M --manifest lists/bad_files.jsonl --out bad --batch 2
[ "$rc" -eq 1 ] || fail "exit code $rc, want 1"
says "2 images in bad"
says "3 jobs failed: bad/failures.jsonl lists them"
grep -q 'bad_files.jsonl:2: .*gone.png' "$log/err" || fail "line 2 is not told"
grep -q 'bad_files.jsonl:4: .*p4.png' "$log/err" || fail "line 4 is not told"
[ "$(sed -E 's/.*"out":"(.)\.png".*/\1/' bad/failures.jsonl | tr '\n' ' ')" = "b c d " ] ||
    fail "not in the list's order: $(cat bad/failures.jsonl)"
grep -q '"failed": 3' bad/run.json || fail "run.json does not count 3 failures"
cp lists/people/p2.png lists/people/gone.png
cp lists/people/p1.png lists/people/absent.png
run batch $M --manifest lists/bad_files.jsonl --out bad
says "2 images in bad"
says "1 jobs failed"

# Nothing of a job that is passed over, failed or made before, is left in the one behind it.
{
    job gone.png "$style, \"identity\": \"people/p3.png\", \"identity_strength\": 0.25, \"style_from\": \"hair=people/none.npy\""
    job last.npy "$style, \"identity\": \"people/p3.png\""
} >lists/passed.jsonl
run batch $M --manifest lists/passed.jsonl --out passed
says "1 jobs failed"
same wanted_last.npy passed/last.npy "behind one that failed"
{
    job first.png "$style, \"identity\": \"people/p3.png\", \"identity_strength\": 0.25"
    job last.npy "$style, \"identity\": \"people/p3.png\""
} >lists/made.jsonl
head -n 1 lists/made.jsonl >lists/first.jsonl
ok batch $M --manifest lists/first.jsonl --out made
ok batch $M --manifest lists/made.jsonl --out made
same wanted_last.npy made/last.npy "behind one that was made before"

# Mistakes in the list: none of it is run.
bad() {
    printf '%s\n%s\n' "$(job ok.png "$style")" "$(job a.png "$2")" >lists/bad.jsonl
    refused "bad.jsonl:2: $1" batch $M --manifest lists/bad.jsonl --out never
}
bad "\"style_from\": there is no class 'hare'" "$style, \"style_from\": \"hare=people/s2.npy\""
bad "\"style_from\" is 'hair', want CLASSES=FILE" "$style, \"style_from\": [\"hair=people/s2.npy\", \"hair\"]"
bad '"style_from": people/p2.png is a picture, want people/p2.png,MASK' "$style, \"style_from\": \"hair=people/p2.png\""
bad "\"mask_from\": there is no class 'hare'" "$style, \"mask_from\": \"hare=people/m2.png\""
bad "\"mask_mix\" is 'all', want CLASSES=FILE" "$style, \"mask_mix\": \"all\""
bad '"mask_mix" is not a text' "$style, \"mask_mix\": [\"all=people/m2.png\"]"
bad 'want "style", or "style_seed" instead of it' "$style, \"style_seed\": 1"
bad '"identity": the weight of people/p1.png is -2, want 0 or more' \
    "$style, \"identity\": [\"people/i2.npy\", \"people/p1.png:-2\"]"
bad '"identity": all weights are 0' "$style, \"identity\": [\"people/i2.npy:0\", \"people/p1.png:0\"]"
bad '"identity": people/p1.png has a weight, which "one_person" does not look at' \
    "$style, \"one_person\": true, \"identity\": [\"people/i2.npy\", \"people/p1.png:0.5\"]"
bad '"least_similarity" is -1.5, want -1 to 1' \
    "$style, \"one_person\": true, \"identity\": \"people/p1.png\", \"least_similarity\": -1.5"
bad '"style_seed" is not a whole number' '"style_seed": -1'
bad '"no_identity" and "identity" do not go together' "$style, \"no_identity\": true, \"identity\": \"people/p1.png\""
bad '"no_identity" is not true or false' "$style, \"no_identity\": 1"
bad '"one_person" wants photographs in "identity"' "$style, \"one_person\": true"
bad 'there is no photograph of the person in "style": want "identity"' '"style_seed": 3'
bad '"identity" is not a file name or a list' "$style, \"identity\": []"
bad '"identity" is not a file name or a list' "$style, \"identity\": [\"people/p1.png\", 3]"
printf 'mask,style,out,no_identity\na,b,c.png,yes\n' >lists/bad.csv
refused 'bad.csv:2: "no_identity" is not true or false' batch $M --manifest lists/bad.csv --out never

# SEAN and SPADE: what they have is edited, what they have not is refused with line and member.
echo '{"size": 64, "width": 2, "spade_hidden": 5}' >spade.json
echo '{"size": 64, "width": 2, "spade_hidden": 5, "style_dim": 6}' >sean.json
ok init --arch spade --config spade.json --seed 1 --out spade.safetensors
ok init --arch sean --config sean.json --seed 1 --out sean.safetensors
{
    job look.png "$style, \"style_from\": \"hair,skin=people/p2.png,people/m2.png:0.5\""
    job parts.png "$style, \"mask_from\": \"hair=people/m2.png\", \"style_mask\": \"people/m1.png\""
} >lists/sean.jsonl
ok batch --model sean.safetensors --manifest lists/sean.jsonl --out sean
cd lists
sean="--model ../sean.safetensors --mask people/m1.png --style people/p1.png"
ok generate $sean --style-from hair,skin=people/p2.png,people/m2.png:0.5 --out ../look.png
ok generate $sean --mask-from hair=people/m2.png --style-mask people/m1.png --out ../parts.png
cd ..
same look.png sean/look.png "a style of sean"
same parts.png sean/parts.png "parts of a label map, of sean"
echo '{"mask": "people/m1.png", "mask_from": "hair=people/m2.png", "out": "parts.png"}' >lists/spade.jsonl
ok batch --model spade.safetensors --manifest lists/spade.jsonl --out spade
cd lists
ok generate --model ../spade.safetensors --mask people/m1.png --mask-from hair=people/m2.png --out ../parts.png
cd ..
same parts.png spade/parts.png "parts of a label map, of spade"
bad_for() { # ARCH WORDS MEMBERS
    printf '%s\n{"mask": "people/gone.png", %s, "out": "x.png"}\n' "$(cat lists/$1.jsonl)" "$3" >lists/bad.jsonl
    refused "bad.jsonl:$(wc -l <lists/bad.jsonl): $2" batch --model $1.safetensors --manifest lists/bad.jsonl --out never
}
mix='"mask_mix": "all=people/m2.png:0.5"'
bad_for sean '"mask_mix": sean.safetensors has no mask codes that could be mixed: its architecture is sean' "$style, $mix"
bad_for spade '"mask_mix": spade.safetensors has no mask codes that could be mixed: its architecture is spade' "$mix"
bad_for sean '"style_seed": sean.safetensors has no mapping network' '"style_seed": 1'
bad_for sean '"identity": sean.safetensors takes no identity' "$style, \"identity\": [\"people/p1.png\"]"
bad_for spade '"style_from": spade.safetensors takes no style' '"style_from": "hair=people/s2.npy"'
bad_for spade '"mean_style": spade.safetensors takes no style' '"mean_style": "people/s2.npy"'

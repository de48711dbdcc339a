#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch.sh SOURCE_DIR BUILD_DIR - a list of jobs: what 'generate' makes one by one, failures told and
# listed, mistakes in the list found before any work, Ctrl-C finishing what is in work.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
set -m # else bash lets what it starts in the background ignore SIGINT

tiny_models
mkdir lists lists/people
for person in 1 2 3; do
    ok portrait --identity $person --size 64 --out lists/people/how_$person.png \
        --mask lists/people/where_$person.png
done
M="--model generator.safetensors --recogniser recogniser.safetensors"

# job MASK STYLE IDENTITY STRENGTH OUT: a line; the style has its own label map.
job() {
    printf '{"mask": "people/where_%s.png", "style": "people/how_%s.png", ' "$1" "$2"
    printf '"style_mask": "people/where_%s.png", "identity": "people/how_%s.png", ' "$2" "$3"
    printf '"identity_strength": %s, "out": "%s"}\n' "$4" "$5"
}

{
    job 1 1 2 1 a.png
    job 2 1 3 0.25 sub/folder/b.npy
    echo
    job 3 2 1 1.0 c.png
    job 1 3 3 0 d.png
    printf '{"mask": "people/where_1.png", "style": "%s/lists/people/how_1.png", "out": "e.png"}\n' "$PWD"
} >lists/jobs.jsonl

ok generate $M --mask lists/people/where_1.png --style lists/people/how_1.png \
    --style-mask lists/people/where_1.png --identity lists/people/how_2.png --out a.png
ok generate $M --mask lists/people/where_2.png --style lists/people/how_1.png \
    --style-mask lists/people/where_1.png --identity lists/people/how_3.png \
    --identity-strength 0.25 --out b.npy
ok generate $M --mask lists/people/where_1.png --style lists/people/how_1.png --out e.png

ok batch $M --manifest lists/jobs.jsonl --out faces
# The photograph of e.png goes by another name.
says "5 images in faces: 4 styles and 4 identities encoded"
same a.png faces/a.png
same b.npy faces/sub/folder/b.npy
same e.png faces/e.png
[ "$(find faces -type f | wc -l)" -eq 5 ] || fail "more or less than 5 files: $(find faces)"
ok batch $M --manifest lists/jobs.jsonl --out slow --threads 0 --references 0
for name in a.png c.png d.png e.png sub/folder/b.npy; do same faces/$name slow/$name; done
ok batch $M --manifest lists/jobs.jsonl --out threes --batch 3 --threads 3
[ "$(find threes -type f | wc -l)" -eq 5 ] || fail "more or less than 5 files: $(find threes)"

# A job that fails: told with its line, listed; the others are made; the list can be run again.
{
    job 1 1 2 1 a.png
    job 4 1 2 1 b.png
    job 1 5 2 1 c.png
    job 1 1 2 1 d.png
} >lists/some_bad.jsonl
run batch $M --manifest lists/some_bad.jsonl --out some --batch 2
[ "$rc" -eq 1 ] || fail "exit code $rc, want 1"
[ "$(wc -l <"$log/err")" -eq 2 ] || fail "want a line for each failure on standard error"
grep -q 'idinject: error: lists/some_bad.jsonl:2: .*where_4.png' "$log/err" || fail "line 2 is not told"
grep -q 'idinject: error: lists/some_bad.jsonl:3: .*how_5.png' "$log/err" || fail "line 3 is not told"
says "2 images in some"
says "2 jobs failed: some/failures.jsonl lists them"
[ "$(ls some)" = $'a.png\nd.png\nfailures.jsonl' ] || fail "some holds $(ls some)"
grep -q '"error":".*where_4.png' some/failures.jsonl || fail "the list has no reason"
cp lists/people/where_1.png lists/people/where_4.png
cp lists/people/where_1.png lists/people/where_5.png
cp lists/people/how_1.png lists/people/how_5.png
cp some/failures.jsonl lists/again.jsonl
ok batch $M --manifest lists/again.jsonl --out some
[ "$(ls some)" = $'a.png\nb.png\nc.png\nd.png' ] || fail "some holds $(ls some)"

# Mistakes in the list: none of it is run.
bad() {
    printf '%s\n' "$2" >lists/bad.jsonl
    refused "$1" batch $M --manifest lists/bad.jsonl --out never
}
good=$(job 1 1 1 1 a.png)
bad "bad.jsonl:1: is not JSON" '{"mask": '
bad "bad.jsonl:2: is not JSON" "$good"$'\n{"mask": "a", "mask": "b"}'
bad "bad.jsonl:1: is not an object" '["a.png"]'
bad '"out" is missing' '{"mask": "a", "style": "b"}'
bad '"mask" is not a file name' '{"mask": 3, "style": "b", "out": "c.png"}'
bad '"identity_strength" is not a number' \
    '{"mask": "a", "style": "b", "out": "c.png", "identity_strength": "1"}'
bad 'unknown member "musk"' '{"musk": "a", "style": "b", "out": "c.png"}'
bad "not a name within the output folder: ../c.png" '{"mask": "a", "style": "b", "out": "../c.png"}'
bad "bad.jsonl:3: \"out\" is line 1's too: a.png" "$good"$'\n\n'"$good"
refused "No such file" batch $M --manifest lists/none.jsonl --out never
refused "a file of that name" batch $M --manifest lists/jobs.jsonl --out a.png
refused "want a generator" batch --model recogniser.safetensors --manifest lists/jobs.jsonl --out never
: >lists/empty.jsonl
ok batch $M --manifest lists/empty.jsonl --out empty
says "0 images in empty"

# The first Ctrl-C: what is in work is finished, whole files, nothing else.
for i in $(seq 2000); do job 1 1 2 1 "$i.png"; done >lists/many.jsonl
"$program" batch $M --manifest lists/many.jsonl --out many >"$log/out" 2>"$log/err" </dev/null &
pid=$!
until [ -e many/3.png ]; do kill -0 $pid 2>/dev/null || fail "ended before the third image"; done
kill -INT $pid
rc=0
wait $pid || rc=$?
made=$(find many -name '*.png' | wc -l)
[ "$rc" -eq 1 ] || fail "exit code $rc after SIGINT, want 1"
one_sentence "stopped after $made of 2000 jobs"
[ "$made" -lt 2000 ] || fail "all were made in spite of SIGINT"
[ -z "$(find many -type f ! -name '*.png')" ] || fail "left: $(find many -type f ! -name '*.png')"
for i in $(seq "$made"); do [ -e "many/$i.png" ] || fail "many/$i.png is missing"; done
same many/1.png "many/$made.png"

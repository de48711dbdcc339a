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
[ "$(find faces -type f | wc -l)" -eq 7 ] || fail "more or less than 5 files, journal and run.json: $(find faces)"
ok batch $M --manifest lists/jobs.jsonl --out slow --threads 0 --references 0
for name in a.png c.png d.png e.png sub/folder/b.npy; do same faces/$name slow/$name; done
ok batch $M --manifest lists/jobs.jsonl --out threes --batch 3 --threads 3
same faces/run.json slow/run.json
same faces/run.json threes/run.json

for name in a.png c.png d.png e.png sub/folder/b.npy; do same faces/$name threes/$name; done

# The same list as CSV: quotes, a comma and a line end in a name, CR LF, empty cells, a blank line.
cp lists/people/how_2.png 'lists/people/a "b",
c.png'
{
    printf '\xEF\xBB\xBFmask,style,out,identity,style_mask,identity_strength\r\n'
    printf 'people/where_1.png,people/how_1.png,a.png,"people/a ""b"",\nc.png",people/where_1.png,1\r\n'
    printf '"people/where_2.png",people/how_1.png,"sub/folder/b.npy",people/how_3.png,people/where_1.png,0.25\r\n'
    printf '\r\npeople/where_1.png,people/how_1.png,e.png,,,'
} >lists/jobs.csv
ok batch $M --manifest lists/jobs.csv --out table
says "3 images in table"
for name in a.png e.png sub/folder/b.npy; do same faces/$name table/$name; done

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
[ "$(ls some)" = $'a.png\nd.png\nfailures.jsonl\njournal.jsonl\nrun.json' ] || fail "some holds $(ls some)"
grep -q '"error":".*where_4.png' some/failures.jsonl || fail "the list has no reason"
cp lists/people/where_1.png lists/people/where_4.png
cp lists/people/where_1.png lists/people/where_5.png
cp lists/people/how_1.png lists/people/how_5.png
cp some/failures.jsonl lists/again.jsonl
ok batch $M --manifest lists/again.jsonl --out some
[ "$(ls some)" = $'a.png\nb.png\nc.png\nd.png\njournal.jsonl\nrun.json' ] || fail "some holds $(ls some)"

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
bad 'ends in .png, .jpg, .jpeg or .npy' '{"mask": "a", "style": "b", "out": "c.gif"}'
bad 'not a name within the output folder: ./c.png' '{"mask": "a", "style": "b", "out": "./c.png"}'
bad 'not a name within the output folder: d//c.png' '{"mask": "a", "style": "b", "out": "d//c.png"}'
bad_table() {
    printf "$2" >lists/bad.csv
    refused "$1" batch $M --manifest lists/bad.csv --out never
}
bad_table "bad.csv: is empty" ''
bad_table 'bad.csv:2: unknown member "musk"' 'musk,out\na,b.png\n'
bad_table 'bad.csv:2: "mask" is missing' 'mask,out\n,b.png\n'
bad_table 'bad.csv:3: 3 cells under a header of 2' 'mask,out\n\na,b.png,c\n'
bad_table 'bad.csv:2: the header has "mask" twice' 'mask,mask,out\na,b,c.png\n'
bad_table 'bad.csv:2: a quoted cell has no end' 'mask,out\n"a,b.png\n'
bad_table 'bad.csv:2: a quote within a cell' 'mask,out\na"b,b.png\n'
bad_table 'bad.csv:2: a quote within a cell' 'mask,out\n"a"b,b.png\n'
bad_table 'bad.csv:2: a cell is not UTF-8' 'mask,out\na\xff,b.png\n'
bad_table '"identity_strength" is not a number' 'mask,out,identity_strength\na,b.png,1x\n'
bad_table '"identity_strength" is not a number' 'mask,out,identity_strength\na,b.png,inf\n'
bad_table "bad.csv:4: \"out\" is line 2's too: b.png" 'mask,out\n"a\n",b.png\na,b.png\n'
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
[ "$(find many -type f ! -name '*.png')" = many/journal.jsonl ] ||
    fail "left: $(find many -type f ! -name '*.png')"
for i in $(seq "$made"); do [ -e "many/$i.png" ] || fail "many/$i.png is missing"; done
same many/1.png "many/$made.png"

# The same command goes on, and what decides an image's bytes is the same, or it is refused.
head -n 20 lists/many.jsonl >lists/twenty.jsonl
ok batch $M --manifest lists/twenty.jsonl --out many --batch 4 --threads 2
says "more were made before"
[ "$(grep -c '"sha256"' many/run.json)" -eq 20 ] || fail "run.json has not 20 images"
sha=$(sha256sum many/7.png | cut -d' ' -f1)
grep -q "\"7.png\", \"bytes\": $(stat -c %s many/7.png), \"sha256\": \"$sha\"" many/run.json ||
    fail "run.json has another hash of 7.png"
refused "another no-mark (false, now true)" batch $M --manifest lists/twenty.jsonl --out many --no-mark
ok init --arch ca2sis-id --config generator.json --seed 7 --out other.safetensors
refused "another model" batch --model other.safetensors --recogniser recogniser.safetensors \
    --manifest lists/twenty.jsonl --out many
job 1 1 2 0.5 7.png >lists/edited.jsonl
refused "7.png was made of another job than the list's line 1" batch $M --manifest lists/edited.jsonl --out many
# A file that was removed is made again, the same.
cp many/3.png was.png
rm many/3.png
ok batch $M --manifest lists/twenty.jsonl --out many
says "1 images in many"
same was.png many/3.png

# JPEGs, and parts of a list: disjoint, together all.
for i in $(seq 11); do job 1 1 2 1 "$i.jpg"; done >lists/parts.jsonl
ok batch $M --manifest lists/parts.jsonl --out whole --quality 60
for i in 1 2 3; do
    ok batch $M --manifest lists/parts.jsonl --out parts --quality 60 --shard $i/3
    [ -e parts/journal-$i-of-3.jsonl ] && [ -e parts/run-$i-of-3.json ] || fail "parts holds $(ls parts)"
done
[ "$(cat parts/journal-*.jsonl | grep -c '"made"')" -eq 11 ] || fail "a job is in two parts, or in none"
for i in $(seq 11); do same whole/$i.jpg parts/$i.jpg; done
for bad in 0/3 4/3 1 1/ /3 1/3x x/3; do
    misused "--shard: $bad, want 1/N to N/N" batch $M --manifest lists/parts.jsonl --out never --shard $bad
done
misused "wants a folder" batch $M --manifest lists/parts.jsonl --out never.tar --shard 1/3
misused "wants a folder" batch $M --manifest lists/parts.jsonl --out never.tar --format files

# Tar shards: the files' bytes, and a job and a seed beside each.
ok batch $M --manifest lists/parts.jsonl --out tars --quality 60 --format tar --shard-size 4
[ "$(ls tars)" = $'journal.jsonl\nrun.json\nshard-000000.tar\nshard-000001.tar\nshard-000002.tar' ] ||
    fail "tars holds $(ls tars)"
mkdir unpacked
for shard in tars/*.tar; do tar -C unpacked -xf $shard || fail "tar refuses $shard"; done
for i in $(seq 11); do same whole/$i.jpg unpacked/$i.jpg; done
[ "$(tar -tf tars/shard-000002.tar | tr '\n' ' ')" = "9.jpg 9.json 10.jpg 10.json 11.jpg 11.json " ] ||
    fail "not in the list's order: $(tar -tf tars/shard-000002.tar)"
grep -q '"identity":"people/how_2.png".*"seed":[0-9]' unpacked/5.json || fail "5.json: $(cat unpacked/5.json)"
{
    long=$(printf 'folder_of_a_long_name%.0s/' 1 2 3 4 5 6)
    printf '{"mask": "people/where_1.png", "style": "people/how_1.png", "seed": 7, "out": "%sx.npy"}\n' "$long"
    job 1 1 2 1 y.png
} >lists/two.jsonl
ok batch $M --manifest lists/two.jsonl --out one.tar
[ "$(ls one*)" = $'one.journal.jsonl\none.run.json\none.tar' ] || fail "left: $(ls one*)"
[ "$(tar -tf one.tar | tr '\n' ' ')" = "${long}x.npy ${long}x.json y.png y.json " ] ||
    fail "one.tar holds $(tar -tf one.tar)"
tar -xOf one.tar "${long}x.json" | grep -q '"seed":7}' || fail "the seed is not the job's"
bad_tar() {
    printf '%s\n' "$2" >lists/bad.jsonl
    refused "$1" batch $M --manifest lists/bad.jsonl --out never.tar
}
bad_tar "one dot" "$(job 1 1 1 1 a.b.png)"
bad_tar "not too long" "$(job 1 1 1 1 "$(printf 'x%.0s' $(seq 97)).png")"
bad_tar "is line 1's too: a.jpg" "$(job 1 1 1 1 a.png)"$'\n'"$(job 1 1 1 1 a.jpg)"
# Another job for a tar that is whole: it is gone on with.
job 2 1 2 1 z.png >>lists/two.jsonl
ok batch $M --manifest lists/two.jsonl --out one.tar
says "2 more were made before"
[ "$(tar -tf one.tar | tail -n 2 | tr '\n' ' ')" = "z.png z.json " ] || fail "z is not in one.tar"

# Noise: by a job's seed or its output's name, whatever is made beside it and in which order.
echo '{"size": 64, "width": 2, "spade_hidden": 5, "style_dim": 6}' >sean.json
ok init --arch sean --config sean.json --seed 1 --out sean.safetensors
noisy() {
    printf '{"mask": "people/where_1.png", "style": "people/how_1.png", "out": "%s.png"%s}\n' "$1" "${2:-}"
}
{
    noisy a
    noisy b
    noisy c ', "seed": 5'
    noisy d ', "seed": 5'
    noisy e ', "seed": 6'
} >lists/noisy.jsonl
tac lists/noisy.jsonl >lists/backwards.jsonl
ok batch --model sean.safetensors --manifest lists/noisy.jsonl --out noisy --noise
ok batch --model sean.safetensors --manifest lists/backwards.jsonl --out backwards --noise --batch 3 --threads 3
ok batch --model sean.safetensors --manifest lists/noisy.jsonl --out quiet --threads 0
for name in a b c d e; do same noisy/$name.png backwards/$name.png; done
different noisy/a.png noisy/b.png "the outputs' names are others"
same noisy/c.png noisy/d.png "the seed is the same"
different noisy/c.png noisy/e.png "the seeds are others"
same quiet/a.png quiet/e.png "there is no noise"
ok generate --model sean.safetensors --mask lists/people/where_1.png --style lists/people/how_1.png \
    --noise --noise-seed 5 --out five.png
same five.png noisy/c.png
bad '"seed" is not a whole number' '{"mask": "a", "style": "b", "out": "c.png", "seed": -1}'
bad_table '"seed" is not a whole number' 'mask,out,seed\na,b.png,1.5\n'

# A job that fails leaves no gap in a tar, and comes last when it is made after all.
{
    job 1 1 2 1 a.png
    job 9 1 2 1 b.png
    job 3 1 2 1 c.png
} >lists/gap.jsonl
run batch $M --manifest lists/gap.jsonl --out gap.tar --batch 2
[ "$rc" -eq 1 ] || fail "exit code $rc, want 1"
says "gap.failures.jsonl lists them"
[ "$(tar -tf gap.tar | tr '\n' ' ')" = "a.png a.json c.png c.json " ] || fail "gap.tar holds $(tar -tf gap.tar)"
grep -q '"failed": 1' gap.run.json || fail "run.json counts no failure"
cp lists/people/where_1.png lists/people/where_9.png
ok batch $M --manifest lists/gap.jsonl --out gap.tar
[ "$(ls gap*)" = $'gap.journal.jsonl\ngap.run.json\ngap.tar' ] || fail "left: $(ls gap*)"
[ "$(tar -tf gap.tar | tr '\n' ' ')" = "a.png a.json c.png c.json b.png b.json " ] ||
    fail "gap.tar holds $(tar -tf gap.tar)"

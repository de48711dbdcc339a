#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch_resume.sh SOURCE_DIR BUILD_DIR - a batch that is killed at random moments and begun again by
# the same command makes every image once, and leaves the bytes of one that nobody stopped; into
# files and into tar shards. Memory does not grow with the list.
#
# IDI_BATCH_JOBS=10000 IDI_BATCH_KILLS=20: a longer list. IDI_TEST_SEED=N: the same moments again.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
pid= # in the background
trap '[ -z "$pid" ] || kill -KILL $pid; wait; rm -rf "$scratch" "$log"' EXIT

jobs=${IDI_BATCH_JOBS:-300}
kills=${IDI_BATCH_KILLS:-5}
seed=${IDI_TEST_SEED:-$((RANDOM + 1))}
RANDOM=$seed
echo "IDI_TEST_SEED=$seed"

tiny_models
mkdir people
for person in 1 2 3; do
    ok portrait --identity $person --size 64 --out people/how_$person.png --mask people/where_$person.png
done
awk -v jobs="$jobs" 'BEGIN {
    for (i = 0; i < jobs; i++)
        printf "{\"mask\": \"people/where_%d.png\", \"style\": \"people/how_%d.png\", \"style_mask\": " \
               "\"people/where_%d.png\", \"identity\": \"people/how_%d.png\", \"identity_strength\": " \
               "%.3f, \"out\": \"%s%d.%s\"}\n", i % 3 + 1, i / 3 % 3 + 1, i / 3 % 3 + 1, i / 9 % 3 + 1,
               i % 7 / 6, i % 5 ? "" : "fifths/", i, i % 11 ? "png" : "npy" }' >jobs.jsonl
M="--model generator.safetensors --recogniser recogniser.safetensors"

# in_files LIST OUT, in_shards LIST OUT: the command, with its other options.
in_files() { set -- batch $M --manifest "$1" --out "$2" --batch 3 --threads 2; command=("$@"); }
in_shards() { in_files "$@" && command+=(--format tar --shard-size $((jobs / 8 + 1))); }

# watched: runs the command; $peak: the kilobytes that it took, as last seen.
watched() {
    local now
    peak=0
    "$program" "${command[@]}" >"$log/out" 2>"$log/err" </dev/null &
    pid=$!
    while now=$(awk '/VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
        peak=$now
        sleep 0.05
    done
    wait $pid || fail "exit code $? of: idinject ${command[*]}"
    pid=
}

# milliseconds: since some moment
milliseconds() { date +%s%3N; }

# half_made OUT: what is there after a kill is whole.
half_made() {
    [ ! -d "$1" ] || (cd "$1" && sha256sum --check --ignore-missing --quiet "$scratch/sums" >/dev/null 2>&1) ||
        [ -z "$(cd "$1" && find . -name '*.png' -o -name '*.npy' -o -name '*.tar')" ] ||
        fail "a file of $1 is not whole, or another"
}

# killed_and_resumed KIND
killed_and_resumed() {
    local kind=$1 start took hits=0
    start=$(milliseconds)
    $kind jobs.jsonl whole_$kind
    watched
    took=$(($(milliseconds) - start))
    (cd whole_$kind && find . -type f ! -name '*.json*' -exec sha256sum {} +) >sums
    $kind jobs.jsonl killed_$kind
    for _ in $(seq "$kills"); do
        "$program" "${command[@]}" >"$log/out" 2>"$log/err" </dev/null &
        pid=$!
        sleep "$(awk -v ms="$took" -v kills="$kills" -v r=$RANDOM 'BEGIN { print ms / 1000 * r / 32768 * 1.6 / kills + 0.05 }')"
        kill -KILL $pid 2>/dev/null || true
        rc=0
        wait $pid 2>/dev/null || rc=$?
        pid=
        [ "$rc" -ne 137 ] || hits=$((hits + 1)) # else it had ended
        half_made killed_$kind
    done
    [ "$hits" -ge 2 ] || fail "$hits of $kills kills came in time"
    ok "${command[@]}"
    grep -o '"made":"[^"]*"' killed_$kind/journal.jsonl | sort >made
    [ "$(wc -l <made)" -eq "$jobs" ] || fail "$(wc -l <made) images of $jobs jobs were noted"
    [ -z "$(uniq -d made)" ] || fail "made twice: $(uniq -d made)"
    diff -r --exclude journal.jsonl whole_$kind killed_$kind || fail "killed $hits times, $kind are others"
    # Nothing is left to do.
    cp killed_$kind/journal.jsonl journal
    ok "${command[@]}"
    says "0 images in killed_$kind"
    same journal killed_$kind/journal.jsonl
    diff -r --exclude journal.jsonl whole_$kind killed_$kind || fail "a run without work changed something"
}

killed_and_resumed in_shards
killed_and_resumed in_files
mkdir unpacked
for shard in whole_in_shards/*.tar; do tar -C unpacked -xf "$shard"; done
find unpacked -name '*.json' -delete
diff -r --exclude '*.json*' whole_in_files unpacked || fail "files and shards hold other images"

# A shard that lacks what its journal has; the journal's last line cut off, so that the member behind
# the one before goes; a second writer.
in_shards jobs.jsonl killed_in_shards
last=$(ls killed_in_shards/*.tar | tail -n 1)
cp "$last" was.tar
head -c -1500 "$last" >"$last.part"
rm "$last"
refused "is shorter than its journal has it" "${command[@]}"
cp was.tar "$last.part"
truncate -s -30 killed_in_shards/journal.jsonl
ok "${command[@]}"
says "1 images in killed_in_shards"
same was.tar "$last"
exec 9<killed_in_shards/journal.jsonl
flock -n 9 || fail "the journal is locked"
refused "another batch is writing there" "${command[@]}"
exec 9<&-

# Memory; sanitizers keep what is freed for a while.
[ -r /proc/self/status ] || exit 0
[ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] || exit 0
all=$peak
head -n $((jobs / 3)) jobs.jsonl >third.jsonl
in_files third.jsonl third
watched
[ "$((all * 10))" -le "$((peak * 11))" ] || fail "$all kB for $jobs jobs, $peak kB for a third of them"

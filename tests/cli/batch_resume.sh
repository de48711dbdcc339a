#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch_resume.sh SOURCE_DIR BUILD_DIR - a batch that is killed at random moments and begun again by
# the same command, each time with other threads, makes every image once, and leaves the bytes of one
# that nobody stopped; into files and into tar shards. Memory does not grow with the list.
#
# 'make soak' is this with IDI_BATCH_JOBS=10000 IDI_BATCH_KILLS=20. IDI_TEST_SEED=N: the same moments
# again, by images made.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
pid= # in the background
trap '[ -z "$pid" ] || kill -KILL $pid; wait; rm -rf "$scratch" "$log"' EXIT

jobs=${IDI_BATCH_JOBS:-300}
kills=${IDI_BATCH_KILLS:-5}
seed=${IDI_TEST_SEED:-$((RANDOM + 1))}
RANDOM=$seed
echo "IDI_TEST_SEED=$seed"
export OMP_NUM_THREADS=1 # of one image: the list is the load

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

# in_files LIST OUT [BATCH THREADS], in_shards LIST OUT [BATCH THREADS]: the command.
in_files() { command=(batch $M --manifest "$1" --out "$2" --batch ${3:-3} --threads ${4:-2}); }
in_shards() { in_files "$@" && command+=(--format tar --shard-size $((jobs / 8 + 1))); }

# watched: runs the command; $peak: the most kilobytes that it held, as the system has counted them.
watched() {
    peak=$(python3 - "$program" "${command[@]}" 2>"$log/err" <<'PYTHON'
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
PYTHON
    ) || fail "exit code $? of: idinject ${command[*]}"
}

# half_made OUT: what is there after a kill is whole.
half_made() {
    [ ! -d "$1" ] || (cd "$1" && sha256sum --check --ignore-missing --quiet "$scratch/sums" >/dev/null 2>&1) ||
        [ -z "$(cd "$1" && find . -name '*.png' -o -name '*.npy' -o -name '*.tar')" ] ||
        fail "a file of $1 is not whole, or another"
}

# made_so_far OUT: images in the journal.
made_so_far() { grep -cs '"made":' "$1/journal.jsonl" || [ -e "$1/journal.jsonl" ] || echo 0; }

# bytes_of FILE: 0 if there is none
bytes_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# await_moment KIND LEFT: sleeps until the next of LEFT kills: somewhere in its share of what is still to
# be done, by the journal's length, so that all come in time on any machine; one in five right away,
# while the program starts; all some milliseconds later, within whatever is done then.
await_moment() {
    local now=$(bytes_of killed_$1/journal.jsonl) end=$(bytes_of whole_$1/journal.jsonl) r=$RANDOM
    local target=$((now + (end - now) * r / 32768 / $2))
    while [ $((r % 5)) -ne 0 ] && kill -0 $pid 2>/dev/null &&
        [ "$(bytes_of killed_$1/journal.jsonl)" -lt $target ]; do sleep 0.02; done
    sleep 0.$(printf %03d $((RANDOM % 150)))
}

# killed_and_resumed KIND
killed_and_resumed() {
    local kind=$1 left hits=0
    $kind jobs.jsonl whole_$kind
    watched
    echo "$kind: $jobs jobs, $peak kB"
    (cd whole_$kind && find . -type f ! -name '*.json*' -exec sha256sum {} +) >sums
    for left in $(seq "$kills" -1 1); do
        $kind jobs.jsonl killed_$kind $((RANDOM % 5 + 1)) $((RANDOM % 4))
        "$program" "${command[@]}" >"$log/out" 2>"$log/err" </dev/null &
        pid=$!
        await_moment $kind $left
        kill -KILL $pid 2>/dev/null || true
        rc=0
        wait $pid 2>/dev/null || rc=$?
        pid=
        [ "$rc" -eq 0 ] || [ "$rc" -eq 137 ] || fail "exit code $rc of: idinject ${command[*]}"
        [ "$rc" -ne 137 ] || hits=$((hits + 1)) # else it had ended
        half_made killed_$kind
        echo "$kind: killed $hits times, $(made_so_far killed_$kind) made"
    done
    [ "$((hits * 2))" -ge "$kills" ] || fail "$hits of $kills kills came in time"
    $kind jobs.jsonl killed_$kind
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
for shard in whole_in_shards/*.tar; do tar -C unpacked -xvf "$shard"; done >members
[ "$(grep -vc '\.json$' members)" -eq "$jobs" ] || fail "$(grep -vc '\.json$' members) images in the shards"
[ -z "$(sort members | uniq -d)" ] || fail "twice in the shards: $(sort members | uniq -d)"
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

# Memory: a job of the list has an entry in a table that doubles, and is no more than half full: at
# most 4 * 88 bytes, of which a reader of the whole list holds the old table and the new for a moment.
# One image that was kept would be 12 kB a job, a path or a line of the list some hundred bytes.
# 2 MB are the allocator's own, whose threads do not always share the same pages.
# Sanitizers keep what is freed for a while.
[ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] || exit 0
all=$peak
head -n $((jobs / 10)) jobs.jsonl >tenth.jsonl
in_files tenth.jsonl tenth
watched
echo "memory: $all kB for $jobs jobs, $peak kB for a tenth of them"
[ "$all" -le $((peak + 2048 + jobs * 9 / 10 * 6 * 88 / 1024)) ] ||
    fail "$all kB for $jobs jobs, $peak kB for a tenth of them"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# batch_share.sh SOURCE_DIR BUILD_DIR - a list shared by devices (--device cpu,cpu) and by processes
# (mpirun -n 2): the images of one device and one process, byte for byte; after a kill too; a process
# whose jobs fail does not end the others, and what goes wrong before the work is told once.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
export OMP_NUM_THREADS=1 # of all, as the number of cores is one of the things that round

tiny_models
mkdir people
for person in 1 2 3; do
    ok portrait --identity $person --size 64 --out people/how_$person.png --mask people/where_$person.png
done
# list FILE COUNT: jobs, one of seven edited.
list() {
    awk -v jobs="$2" 'BEGIN {
        for (i = 0; i < jobs; i++)
            printf "{\"mask\": \"people/where_%d.png\", \"style\": \"people/how_%d.png\", \"style_mask\": " \
                   "\"people/where_%d.png\", \"identity\": \"people/how_%d.png\", \"out\": \"%s%d.png\"%s}\n",
                   i % 3 + 1, i / 3 % 3 + 1, i / 3 % 3 + 1, i / 9 % 3 + 1, i % 5 ? "" : "fifths/", i,
                   i % 7 ? "" : ", \"mask_mix\": \"all=people/where_2.png:0.5\"" }' >"$1"
}
list jobs.jsonl 31
M="batch --model generator.safetensors --recogniser recogniser.safetensors"
B="$M --device cpu --manifest"

# same_images FOLDER: the pictures of one process on one device.
same_images() { diff -r --exclude '*.json*' whole "$1" || fail "$1 has other images"; }

# --- devices -------------------------------------------------------------------------------------
ok $B jobs.jsonl --out whole
ok $B jobs.jsonl --out whole_shards --format tar --shard-size 8
for devices in cpu,cpu cpu,cpu,cpu; do
    ok $M --manifest jobs.jsonl --out two --batch 2 --threads 2 --device $devices
    says "31 images in two: 6 styles and 6 identities"
    same_images two
    same whole/run.json two/run.json
    ok $M --manifest jobs.jsonl --out two_shards --format tar --shard-size 8 --threads 0 --device $devices
    diff -r --exclude journal.jsonl whole_shards two_shards || fail "$devices made other shards"
    rm -r two two_shards
done
refused 'device "" is unknown' $M --manifest jobs.jsonl --out never --device cpu,
refused 'device "abacus" is unknown' $M --manifest jobs.jsonl --out never --device cpu,abacus
refused 'device "cpu,cpu" is unknown' generate --model generator.safetensors --device cpu,cpu \
    --mask people/where_1.png --style people/how_1.png --out never.png
misused "more than 64 devices" $M --manifest jobs.jsonl --out never --device cpu$(printf ',cpu%.0s' $(seq 64))

# --- processes -----------------------------------------------------------------------------------
if [ ! -e "$build_dir/libidinject_mpi.so" ]; then
    OMPI_COMM_WORLD_SIZE=2 refused "but this build has no MPI" $B jobs.jsonl --out never
    OMPI_COMM_WORLD_SIZE=2 ok $B jobs.jsonl --out told --shard 1/2
    echo "skipped: built without MPI"
    exit 77
fi
command -v mpirun >/dev/null || { echo "skipped: no mpirun"; exit 77; }
mpi_environment

together $B jobs.jsonl --out ranks --batch 3
[ "$rc" -eq 0 ] && ! grep -q idinject "$log/err" || fail "exit code $rc"
says "15 images in ranks"
says "16 images in ranks"
same_images ranks
[ "$(cd ranks && echo *.json*)" = "journal-1-of-2.jsonl journal-2-of-2.jsonl run-1-of-2.json run-2-of-2.json" ] ||
    fail "ranks holds $(ls ranks)"
ok $B jobs.jsonl --out parts --shard 1/2
ok $B jobs.jsonl --out parts --shard 2/2
for part in 1 2; do same ranks/run-$part-of-2.json parts/run-$part-of-2.json; done
together $B jobs.jsonl --out ranks
says "0 images in ranks"
same_images ranks

# Tar shards, on two devices each.
for part in 1 2; do ok $B jobs.jsonl --out parts_shards --format tar --shard-size 6 --shard $part/2; done
together $M --manifest jobs.jsonl --out ranks_shards --format tar --shard-size 6 --device cpu,cpu
[ "$rc" -eq 0 ] || fail "exit code $rc"
diff -r --exclude 'journal*' parts_shards ranks_shards || fail "two processes made other shards"

# One of them is killed, and so the launcher ends the other; then both go on.
list many.jsonl 400
ok $B many.jsonl --out whole_many
mpirun -n 2 "$program" $B many.jsonl --out killed >"$log/out" 2>"$log/err" </dev/null &
pid=$!
until [ -e killed/211.png ] && [ -e killed/6.png ]; do
    kill -0 $pid 2>/dev/null || break
    sleep 0.01
done
rank=$(awk -v launcher=$pid '$2 == "(idinject)" && $4 == launcher { print $1 }' /proc/[0-9]*/stat 2>/dev/null | tail -n 1)
kill -KILL "$rank" || fail "nobody was there to be killed"
rc=0
wait $pid || rc=$?
[ "$rc" -ne 0 ] || fail "exit code 0 with a process killed"
together $B many.jsonl --out killed
[ "$rc" -eq 0 ] || fail "exit code $rc after a kill"
diff -r --exclude '*.json*' whole_many killed || fail "a kill left other images"
[ "$(cat killed/journal-*.jsonl | grep -c '"made"')" -eq 400 ] || fail "a job was made twice, or not at all"

# The first part's first job fails: the others of both parts are made.
{
    sed -n '1s/where_1/where_9/p' many.jsonl
    sed -n '2,400p' many.jsonl
} >one_bad.jsonl
together $B one_bad.jsonl --out bad
[ "$rc" -ne 0 ] || fail "exit code 0 in spite of a job that failed"
[ "$(grep -c '^idinject: error: one_bad.jsonl:1: .*where_9' "$log/err")" -eq 1 ] || fail "the failure is not told once"
says "200 images in bad"
says "199 images in bad"
[ "$(wc -l <bad/failures-1-of-2.jsonl)" -eq 1 ] && [ ! -e bad/failures-2-of-2.jsonl ] || fail "bad holds $(ls bad)"

# Mistakes: told once, whoever finds them.
told_once() {
    [ "$rc" -ne 0 ] || fail "exit code 0, want a failure with '$1'"
    [ "$(grep -c '^idinject: error: ' "$log/err")" -eq 1 ] || fail "want one error, '$1'"
    grep '^idinject: error: ' "$log/err" | grep -qF -- "$1" || fail "the error does not say '$1'"
    [ ! -e never ] && [ ! -e never.tar ] || fail "something was made in spite of '$1'"
}
echo '{"mask": ' >broken.jsonl
together $B broken.jsonl --out never
told_once "broken.jsonl:1: is not JSON"
together $B jobs.jsonl --out never.tar
told_once "wants a folder"
cat >rank.sh <<'SH'
list=jobs.jsonl
[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" != 1 ] || list=missing.jsonl
exec "$@" --manifest $list
SH
rc=0
mpirun -n 2 bash rank.sh "$program" $M --device cpu --out never >"$log/out" 2>"$log/err" </dev/null || rc=$?
told_once "rank 1: missing.jsonl"

# Processes of a launcher that are told their parts stand alone.
cat >shard.sh <<'SH'
exec "$@" --shard $((${OMPI_COMM_WORLD_RANK:-$PMI_RANK} + 1))/2
SH
rc=0
mpirun -n 2 bash shard.sh "$program" $B jobs.jsonl --out told >"$log/out" 2>"$log/err" </dev/null || rc=$?
[ "$rc" -eq 0 ] || fail "exit code $rc of processes with --shard"
same_images told

# One process needs nobody.
rc=0
mpirun -n 1 "$program" $B jobs.jsonl --out alone >"$log/out" 2>"$log/err" </dev/null || rc=$?
[ "$rc" -eq 0 ] || fail "exit code $rc of one process"
diff -r --exclude journal.jsonl whole alone || fail "one process made something else"

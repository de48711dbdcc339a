#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# train_ranks.sh SOURCE_DIR BUILD_DIR - mpirun -n 2 idinject train: two processes are one with a batch
# in two parts; they go on after a stop or a killed process as if there had been none; the end of
# one is the end of both, told once. Without MPI: the sentence that says so.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
set -m # else bash lets what it starts in the background ignore SIGINT

cat >network.json <<'JSON'
{"input_side": 32, "embedding_dim": 8, "width": 4, "blocks": [1, 1, 1, 1]}
JSON
cat >recogniser.json <<'JSON'
{"network": {"arch": "iresnet", "input_side": 32, "embedding_dim": 8, "width": 4, "blocks": [1, 1, 1, 1]},
 "data": {"people": [0, 7], "photos": 4}, "batch": {"people": 8, "photos": 1},
 "validation": {"every": 30, "people": [8, 27], "photos": 2},
 "steps": 90, "loss": {"scale": 8, "margin": 0.2},
 "optimiser": {"rate": 0.01, "decay_after": 40, "average_decay": 0.9},
 "augmentation": {"shift": 0.02, "noise": 0.02}, "log_every": 1, "checkpoint_every": 2}
JSON
cat >two.json <<'JSON'
{"network": {"arch": "ca2sis-id", "size": 64, "code_side": 16, "code_channels": 12, "style_dim": 5,
   "style_width": 1, "style_downs": 3, "norm_groups": 4, "noise_dim": 0, "identity_dim": 8, "blocks": [
     {"channels": 12, "heads": 2, "head_dim": 4, "has_self_attention": true},
     {"channels": 8, "heads": 1, "head_dim": 8, "has_self_attention": false},
     {"channels": 4, "heads": 1, "head_dim": 4, "has_self_attention": false}]},
 "recogniser": "recogniser.safetensors", "steps": 6, "log_every": 1,
 "data": {"people": [0, 7], "photos": 2}, "batch": {"people": 8},
 "validation": {"every": 4, "people": [8, 16], "photos": 2}, "samples": {"every": 3},
 "loss": {"attention": 1, "adversarial": 0.5, "feature_matching": 0.2},
 "discriminator": {"layers": 2, "width": 4}, "augmentation": {"flips": true},
 "optimiser": {"rate": 0.003, "clip_norm": 1, "average_decay": 0.9}, "model": {"storage": "f32"}}
JSON
R="train recogniser --device cpu --config recogniser.json --out"

if [ ! -e "$build_dir/libidinject_mpi.so" ]; then
    OMPI_COMM_WORLD_SIZE=2 refused "but this build has no MPI" $R none
    echo "skipped: built without MPI"
    exit 77
fi
command -v mpirun >/dev/null || { echo "skipped: no mpirun"; exit 77; }

mpi_environment

# told_once WORDS: among what mpirun has to say there is one error of ours, with WORDS.
told_once() {
    [ "$rc" -ne 0 ] || fail "exit code 0, want a failure with '$1'"
    [ "$(grep -c '^idinject: error: ' "$log/err")" -eq 1 ] || fail "want one error, '$1'"
    grep '^idinject: error: ' "$log/err" | grep -qF -- "$1" || fail "the error does not say '$1'"
}

# both_done LINES: what one of them has to tell, once.
both_done() {
    [ "$rc" -eq 0 ] || fail "exit code $rc"
    ! grep -q idinject "$log/err" || fail "something on standard error"
    [ "$(wc -l <"$log/out")" -eq "$1" ] || fail "want $1 lines in all: $(cat "$log/out")"
}

same_training() {
    for file in checkpoint.safetensors log.csv loss.svg model.safetensors; do
        same whole/$file "$1/$file"
    done
}

# --- a generator: two processes, and one with a batch in two parts -------------------------------
ok init --arch iresnet --config network.json --seed 5 --out recogniser.safetensors
together train generator --device cpu --config two.json --out two
both_done 2
says "two/model.safetensors: 6 steps"
[ -e two/sample_000006.png ] || fail "no samples"
sed 's/"batch": {"people": 8}/"batch": {"people": 8, "parts": 2}/' two.json >one.json
ok train generator --device cpu --config one.json --out one

# The same sums, brought together in another order. A rounding is 6e-8 of a loss; over six steps Adam,
# who divides by a gradient's size, carries it into weights, at most a hundredth of a step of 0.003.
python3 - <<'PYTHON' || fail "two processes are not one with two parts"
import array, csv, json, math
lines = [list(csv.DictReader(open(f"{name}/log.csv"))) for name in ("one", "two")]
assert len(lines[0]) == len(lines[1]) == 6
for a, b in zip(*lines):
    for column in a:
        assert (a[column] == "") == (b[column] == ""), (column, a, b)
        x, y = float(a[column] or 0), float(b[column] or 0)
        assert math.isclose(x, y, rel_tol=1e-5, abs_tol=1e-6), (column, x, y)
def tensors(path):
    data = open(path, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    for name, t in json.loads(data[8:start]).items():
        if name != "__metadata__":
            values = array.array("f")
            values.frombytes(data[start + t["data_offsets"][0]:start + t["data_offsets"][1]])
            yield name, values
one, two = (dict(tensors(f"{name}/model.safetensors")) for name in ("one", "two"))
assert one.keys() == two.keys() and len(one) > 50
for name in one:
    off = max(abs(x - y) for x, y in zip(one[name], two[name]))
    assert off <= 3e-5, (name, off)
PYTHON

# What one has begun, two go on with, if the recipe says how many parts there are.
together train generator --device cpu --config one.json --out one
both_done 1
says "was finished before"

# --- stops ---------------------------------------------------------------------------------------
together $R whole
both_done 2
[ "$(wc -l <whole/log.csv)" -eq 91 ] || fail "the log has $(wc -l <whole/log.csv) lines, want 91"

# stopped SIGNAL FOLDER: both train; the signal goes to one of them after the first checkpoint.
stopped() {
    mpirun -n 2 "$program" $R "$2" >"$log/out" 2>"$log/err" </dev/null &
    local pid=$! ranks
    until [ -e "$2/checkpoint.safetensors" ]; do
        kill -0 "$pid" 2>/dev/null || fail "ended before its first checkpoint"
    done
    ranks=($(pgrep -P "$pid" -x idinject))
    [ ${#ranks[@]} -eq 2 ] || fail "mpirun has ${#ranks[@]} processes of ours"
    kill "-$1" "${ranks[1]}" 2>/dev/null || true
    rc=0
    wait "$pid" || rc=$?
}
stopped INT stopped
[ -e stopped/model.safetensors ] || told_once "stopped after step"
together $R stopped
both_done 2
same_training stopped
stopped KILL killed
[ "$rc" -ne 0 ] || [ -e killed/model.safetensors ] || fail "exit code 0 with a process killed"
together $R killed
both_done 2
same_training killed

# --- mistakes ------------------------------------------------------------------------------------
sed 's/recogniser.safetensors/missing.safetensors/' two.json >broken.json
cat >rank.sh <<'SH'
config=two.json
[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" != "$BROKEN" ] || config=broken.json
exec "$1" train generator --device cpu --config $config --out broken
SH
for BROKEN in 0 1; do
    export BROKEN
    rc=0
    mpirun -n 2 bash rank.sh "$program" >"$log/out" 2>"$log/err" </dev/null || rc=$?
    told_once "missing.safetensors"
    [ $BROKEN = 0 ] || told_once "rank 1: "
done
sed 's/"people": 8,/"people": 7,/' recogniser.json >odd.json
together train recogniser --device cpu --config odd.json --out broken
told_once "2 processes cannot share batch.people 7"
[ ! -e broken/checkpoint.safetensors ] || fail "a failed training left a checkpoint"
refused "batch.parts is 2 there and 1 in this recipe" $R whole

# One process needs nobody.
rc=0
mpirun -n 1 "$program" $R alone >"$log/out" 2>"$log/err" </dev/null || rc=$?
both_done 2

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# train.sh SOURCE_DIR BUILD_DIR - idinject train: a training that is killed or interrupted, again and
# again, ends with the bytes of an undisturbed one; its model works; mistakes are told.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
set -m # else bash lets what it starts in the background ignore SIGINT

cat >recipe.json <<'JSON'
{"network": {"arch": "iresnet", "input_side": 32, "embedding_dim": 8, "width": 4, "blocks": [1, 1, 1, 1]},
 "data": {"people": [0, 7], "photos": 4}, "batch": {"people": 8, "photos": 1},
 "validation": {"every": 30, "people": [8, 27], "photos": 2},
 "steps": 90, "loss": {"scale": 8, "margin": 0.2, "ramp": [10, 40]},
 "optimiser": {"rate": 0.01, "decay_after": 40, "average_decay": 0.9},
 "augmentation": {"shift": 0.02, "noise": 0.02},
 "model": {"licence": "Apache-2.0"}, "log_every": 1, "checkpoint_every": 4}
JSON
outputs="checkpoint.safetensors log.csv loss.svg model.safetensors"

same_training() {
    for file in $outputs; do same whole/$file "$1/$file"; done
    [ -z "$(find "$1" -name '*.tmp')" ] || fail "left: $(find "$1" -name '*.tmp')"
}

T="train recogniser --device cpu --config recipe.json --out"
ok $T whole
says "whole/model.safetensors: 90 steps"
says "people not trained on: TAR 0."
[ "$(wc -l <whole/log.csv)" -eq 91 ] || fail "the log has $(wc -l <whole/log.csv) lines, want 91"
[ "$(grep -cv ',,$' whole/log.csv)" -eq 4 ] || fail "want a header and three validations"
grep -q '</svg>' whole/loss.svg || fail "the curve is no whole picture"

# Again: nothing is trained, the same files.
ok $T whole
says "was finished before"
[ "$(wc -l <whole/log.csv)" -eq 91 ] || fail "a finished training's log grew"

# The model is one.
ok portrait --identity 1 --size 64 --out face.png
ok embed --model whole/model.safetensors --image face.png --out face.npy
ok info --json whole/model.safetensors
says "procedural portraits of idinject, people 0 to 7, 4 photos each"
says "Apache-2.0"

# kill -9 at any moment, the same command each time.
kills=0
until [ -e killed/model.safetensors ]; do
    "$program" $T killed >"$log/out" 2>"$log/err" </dev/null &
    pid=$!
    sleep "0.$((RANDOM % 5 + 3))"
    kill -KILL "$pid" 2>/dev/null && kills=$((kills + 1))
    wait "$pid" 2>/dev/null || true
    [ "$kills" -lt 12 ] || break # on a machine too slow for this, let it end
done
ok $T killed
[ "$kills" -gt 0 ] || fail "was never killed"
same_training killed

# SIGINT: the step is finished, a checkpoint is there, and the same command goes on.
"$program" $T stopped >"$log/out" 2>"$log/err" </dev/null &
pid=$!
until [ -e stopped/checkpoint.safetensors ]; do
    kill -0 "$pid" 2>/dev/null || fail "ended before its first checkpoint"
done
before=$(stat -c '%i %y' stopped/checkpoint.safetensors)
# One training a folder.
refused "another process trains in this folder" $T stopped
kill -INT "$pid"
rc=0
wait "$pid" || rc=$?
if [ ! -e stopped/model.safetensors ]; then
    [ "$rc" -eq 1 ] || fail "exit code $rc after SIGINT, want 1"
    one_sentence "stopped after step" "of 90, a checkpoint is in stopped; the same command goes on"
    [ "$before" != "$(stat -c '%i %y' stopped/checkpoint.safetensors)" ] || fail "no checkpoint at the stop"
fi
ok $T stopped
same_training stopped

# Another recipe's folder, and mistakes.
sed 's/"margin": 0.2/"margin": 0.3/' recipe.json >other.json
refused "loss.margin is 0.2" train recogniser --device cpu --config other.json --out whole
refused "use another folder" train recogniser --device cpu --config other.json --out whole
sed 's/"steps"/"stpes"/' recipe.json >wrong.json
refused "wrong.json: recipe: unknown member 'stpes'" train recogniser --config wrong.json --out new
refused "cannot be opened" train recogniser --config missing.json --out new
refused "the folder cannot be made" train recogniser --device cpu --config recipe.json --out no/such
misused "cannot train a 'critic', want recogniser or generator" train critic --config recipe.json --out new

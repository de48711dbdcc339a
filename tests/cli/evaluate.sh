#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# evaluate.sh SOURCE_DIR BUILD_DIR - judging models on tiny ones: the files are whole, follow from
# each other, and come out the same again; mistakes are told before any work.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
E="evaluate recogniser --model recogniser.safetensors --people 100..111 --photos 4 --size 64"
E="$E --replicates 200"

ok $E --out first
says "48 photographs of 12 people, 36 genuine and 240 impostor pairs"
says "| TAR at FAR 0.01 |"
says "| TAR at FAR 0.001 | - | 240 impostor pairs are too few | - |"
says "| EER |"
says "first/report.json, first/scores.csv"
[ "$(ls first)" = $'report.json\nscores.csv' ] || fail "first holds $(ls first)"
[ "$(wc -l <first/scores.csv)" -eq 277 ] || fail "want a header and 276 pairs"
ok $E --out second --threads 0
same first/report.json second/report.json
same first/scores.csv second/scores.csv
ok $E --out second --seed 1
different first/report.json second/report.json "after another seed"

# The threshold accepts as many of the listed impostors as the report says, and TAR follows.
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the report does not follow from the scores"
import csv, json, math
report = json.load(open("first/report.json"))
rows = list(csv.DictReader(open("first/scores.csv")))
genuine = [float(r["score"]) for r in rows if r["kind"] == "genuine"]
impostor = [float(r["score"]) for r in rows if r["kind"] == "impostor"]
at = report["recogniser"]["tar_at_far"][0]
assert report["schema"] == "idinject-recogniser/1" and len(report["protocol"]["pairs_hash"]) == 16
assert sum(s >= at["threshold"] for s in impostor) == at["accepted"] == 2
assert math.isclose(sum(s >= at["threshold"] for s in genuine) / 36, at["tar"]["value"])
wins = sum((g > i) + (g == i) / 2 for g in genuine for i in impostor)
assert math.isclose(wins / 36 / 240, report["recogniser"]["auc"]["value"])
PYTHON
fi

misused "want FIRST..LAST" evaluate recogniser --model m --people 3 --out x
misused "want FIRST..LAST" evaluate recogniser --model m --people 9..3 --out x
misused "want FIRST..LAST" evaluate recogniser --model m --people 1..2x --out x
misused "--people FIRST..LAST is missing" evaluate recogniser --model m --out x
misused "evaluate what? 'everything'" evaluate everything --model m --people 1..9 --out x
misused "WHAT is missing" evaluate --model m --people 1..9 --out x
misused "wants --folder and --identities" evaluate recogniser --model m --data paired --out x
misused "for photographs on disk" evaluate recogniser --model m --people 1..9 --folder f --out x
refused "cannot be opened" evaluate recogniser --model none.safetensors --people 1..9 --out x
refused "want a recogniser" evaluate recogniser --model generator.safetensors --people 1..9 --out x
refused "3 people" evaluate recogniser --model recogniser.safetensors --people 1..3 --out x
refused "a file of that name" evaluate recogniser --model recogniser.safetensors --people 1..9 \
    --out recogniser.json
refused "nowhere/CelebA-HQ-img" evaluate recogniser --model recogniser.safetensors \
    --data celebamask --folder nowhere --identities nowhere/identity_CelebA.txt --out x

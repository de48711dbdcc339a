#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh SOURCE_DIR BUILD_DIR - the benchmark on a tiny model: its formats agree, its verdicts are
# exit codes. How fast anything is, is not tested: --stable 100000 takes any machine for steady.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
quick="bench --model generator.safetensors --device cpu --warmup 1 --duration 0 --min-iters 3 --repeat 2"
steady="$quick --stable 100000"

# ends_with_code CODE ARGUMENTS...: a verdict is no failure, so no sentence on standard error.
ends_with_code() {
    local want=$1
    shift
    run "$@"
    [ "$rc" -eq "$want" ] || fail "exit code $rc, want $want, of: idinject $*"
    [ ! -s "$log/err" ] || fail "something on standard error of: idinject $*"
}

# The table: the number first, a row a configuration.
ok $steady --batch 1,2,5
head -n 1 "$log/out" | grep -qE '^[0-9.e+]+ images/s - cpu \(.*\), f32, 64x64, batch [125], .*: VALID$' ||
    fail "the first line is '$(head -n 1 "$log/out")'"
[ "$(grep -c '^| f32 | [125] | .* | VALID |$' "$log/out")" -eq 3 ] || fail "want three rows"
says "| p50 ms | p90 ms | p99 ms | max ms |"
says "warning: of 6 calls p90 is the maximum"
ok $steady --scenario single --percentiles 25,99.9
head -n 1 "$log/out" | grep -qE '^[0-9.e+]+ ms p99.9 \(.* single; .*: VALID$' ||
    fail "the first line is '$(head -n 1 "$log/out")'"

# Formats: a file beside the table; the same keys in all of them.
ok $steady --batch 2,1 --check --seed 7 --out now.json
says "check: relative l2"
cp "$log/out" now.md
ok $steady --batch 2,1 --no-fold --percentiles 50,99.9 --format json --out plain.csv
cp "$log/out" plain.json
ok $steady --batch 2,1 --format csv --out now.jsonl
cp "$log/out" now.csv
ok info --json generator.safetensors
cp "$log/out" info.json
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the formats"
import csv, json, math

def flat(result):
    for key, value in result.items():
        if isinstance(value, dict):
            yield from ((key + "." + k, v) for k, v in value.items())
        else:
            yield key, value

def check_result(r, batch, form):
    assert r["schema"] == "idinject-bench/1" and r["verdict"] == "VALID", r
    assert (r["device"], r["precision"], r["size"]) == ("cpu", "f32", 64), r
    assert (r["batch"], r["form"], r["scenario"]) == (batch, form, "offline"), r
    assert r["arch"] == "ca2sis-id" and r["version"].count(".") == 2, r
    assert r["fingerprint"] == info["fingerprint"] and r["model"] == "generator.safetensors", r
    assert r["images_per_s"] > 0 and len(r["images_per_s_repeats"]) == r["repeat"] == 2, r
    assert math.isclose(sum(r["images_per_s_repeats"]) / 2, r["images_per_s"], rel_tol=1e-6), r
    assert r["allocations"] == 0 and r["warmup"] == 1 and r["min_iters"] == 3, r
    assert 0 < r["plan_bytes"] < r["peak_bytes"] and r["device_peak_bytes"] == 0, r
    for form in "plain", "executed":
        flops = 2e-9 * r[form + "_macs"] * r["images_per_s"]
        assert math.isclose(r[form + "_gflop_per_s"], flops, rel_tol=1e-6), r
    t = r["latency_ms"]
    assert t["count"] == 6 and list(t)[0] == "min" and list(t)[-2:] == ["max", "count"], t
    steps = [t[k] for k in t if k.startswith("p")]
    assert [t["min"]] + steps + [t["max"]] == sorted([t["min"]] + steps + [t["max"]]), t
    assert t["min"] <= t["mean"] <= t["max"], t

info = json.load(open("info.json"))
now = json.load(open("now.json"))
plain = json.load(open("plain.json"))
lines = [json.loads(line) for line in open("now.jsonl")]
assert len(now) == len(plain) == len(lines) == 2
for results, form in (now, "folded"), (plain, "plain"), (lines, "folded"):
    for result, batch in zip(results, (2, 1)):
        check_result(result, batch, form)
for n, p in zip(now, plain):
    assert n["plain_macs"] == p["plain_macs"] == p["executed_macs"] != n["executed_macs"], (n, p)
    assert n["plain_macs"] == now[0]["plain_macs"], "an image costs the same in any batch"
    assert n["seed"] == "7" and p["seed"] == "1"
    assert n["check"]["is_good"] is True and 0 < n["check"]["relative_l2"] < 5e-5, n["check"]
    assert p["check"]["is_good"] is None and n["check"].keys() == p["check"].keys()
    assert list(p["latency_ms"]) == ["min", "mean", "p50", "p99_9", "max", "count"]
    assert n["earlier_images_per_s"] is n["change_percent"] is None
assert now[0]["peak_bytes"] > now[1]["peak_bytes"], "each configuration has its own peak"

for name, results in ("plain.csv", plain), ("now.csv", lines):
    rows = list(csv.DictReader(open(name)))
    assert len(rows) == 2
    for row, result in zip(rows, results):
        want = dict(flat(result))
        assert list(row) == list(want), (name, list(row))
        assert row["precision"] == "f32" and int(row["batch"]) == result["batch"]
        assert math.isclose(float(row["images_per_s"]), want["images_per_s"], rel_tol=1e-6)
        assert math.isclose(float(row["latency_ms.p50"]), want["latency_ms.p50"], rel_tol=1e-6)
        assert row["images_per_s_repeats"].count(";") == 1 and row["check.is_good"] == ""

# Earlier results that every machine falls short of, and that none does.
for name, factor in ("fast", 1e9), ("slow", 1e-9):
    for result in now: result["images_per_s"] = result["images_per_s"] * factor
    json.dump(now, open(name + ".json", "w"))
    with open(name + ".jsonl", "w") as file:
        for result in now: file.write(json.dumps(result) + "\n\n")
    for result in now: result["images_per_s"] = result["images_per_s"] / factor
now[0]["images_per_s"] = 0
json.dump(now, open("zero.json", "w"))
PYTHON

    # Slower than an earlier file allows: 5, unless the measurement itself does not hold.
    for ending in json jsonl; do
        ends_with_code 5 $steady --batch 1,3 --compare fast.$ending --fail-if 5
        says "f32, batch 1: -100.0% against fast.$ending"
        says "; slower"
        says "f32, batch 3: not in fast.$ending"
        ok $steady --compare fast.$ending
        ok $steady --compare slow.$ending --fail-if 0
        says "f32, batch 1: +"
    done
    ok $steady --no-fold --compare slow.json
    says "compared with another form: then 'folded', now 'plain'"
    ends_with_code 3 $quick --stable 0 --compare fast.json --fail-if 5
    ends_with_code 5 $steady --compare fast.json --fail-if 5 --format json
    cp "$log/out" compared.json
    python3 - <<'PYTHON' || fail "the change"
import json
(result,) = json.load(open("compared.json"))
assert -100 <= result["change_percent"] < -99.99, result
assert result["earlier_images_per_s"] > 1e6, result
PYTHON
    refused "fast.json: holds none of the configurations" $steady --batch 3 --compare fast.json --fail-if 5
    refused "zero.json: holds something else" $steady --compare zero.json
fi

# Two repeats that take the same nanoseconds do not happen; two forms that round alike neither.
ends_with_code 3 $quick --stable 0
says ": UNSTABLE"
says "want at most 0%"
ends_with_code 4 $steady --check --check-limit 0
says ": INVALID"
ends_with_code 4 $quick --stable 0 --check --check-limit 0 --out wrong.json
grep -q '"INVALID"' wrong.json || fail "wrong.json is not there, or without its verdict"
# The form that it is compared with is the same to the bit, one image at a time.
ok $steady --no-fold --check --check-limit 0

# A generator without identity.
sed 's/"identity_dim": 32/"identity_dim": 0/' generator.json >simple.json
ok init --arch ca2sis --config simple.json --seed 1 --out simple.safetensors
ok bench --model simple.safetensors --warmup 0 --duration 0 --min-iters 1 --repeat 2 \
    --stable 100000 --check

ok bench --model no-such-file --batch 4 --precision f32,bf16 --no-fold --dump-calls
says "options.batch = 4;"
says 'options.precision = "bf16";'
says "options.is_plain = 1;"
says "idi_session_generate(session, &run);"

# What cannot be measured.
refused "precision f16 is not available on cpu" $steady --precision f32,f16 --out new.json
refused "no-such-file" bench --model no-such-file
refused "is a recogniser" bench --model recogniser.safetensors
refused "" $steady --batch 8 --memory-limit 4M --out new.json
echo "no JSON" >text.json
echo '[{"batch": 1}]' >other.json
: >empty.json
refused "text.json: is not JSON" $steady --compare text.json
refused "other.json: holds something else" $steady --compare other.json
refused "empty.json: holds something else" $steady --compare empty.json
refused "missing.json: cannot be opened" $steady --compare missing.json

# Mistakes on the command line.
for list in 0 1025 1, ,1 "" 1,x 1,,2 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17; do
    misused "--batch" bench --model m --batch="$list"
done
misused "want some of f32, tf32, bf16 and f16" bench --model m --precision f32,f64
misused "want up to 16 numbers between 0 and 100" bench --model m --percentiles 50,100
misused "want offline or single" bench --model m --scenario server
misused "single is batch 1" bench --model m --scenario single --batch 1,2
misused "want md or csv or json or jsonl" bench --model m --format xml
misused "ends in .md or .csv or .json or .jsonl" bench --model m --out results.txt
misused "want a whole number from 2 to 100" bench --model m --repeat 1
misused "want 0 to 3600 seconds" bench --model m --duration -1
misused "--stable is -1" bench --model m --stable -1
misused "--check-limit is for --check" bench --model m --check-limit 1
misused "--fail-if is for --compare" bench --model m --fail-if 5
misused "--fail-if is -5" bench --model m --compare c.json --fail-if -5

# The ceiling: bare products, of which everything else is a share; without it the keys are empty.
ok $steady --ceiling --format json --out ceiling.md
cp "$log/out" ceiling.json
grep -qE 'f32, batch 1: ceiling: bare products at [0-9.e+]+ GFLOP/s' ceiling.md || fail "no ceiling"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the ceiling"
import json, math
(result,) = json.load(open("ceiling.json"))
share = 100 * result["executed_gflop_per_s"] / result["ceiling_gflop_per_s"]
assert math.isclose(result["share_percent"], share, rel_tol=1e-6) and 0 < share < 120, result
assert json.load(open("now.json"))[0]["share_percent"] is None
PYTHON
fi

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ablation.sh SOURCE_DIR BUILD_DIR - reports side by side: their numbers, a star where intervals are
# apart, and no comparison of what cannot be compared. Twelve people are too few for FAR 1e-3.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
sed 's/"identity_dim": 32,//' generator.json >without.json
ok init --arch ca2sis --config without.json --seed 1 --out without.safetensors
ok init --arch mobilefacenet --config recogniser.json --seed 3 --out other.safetensors
mv generator.safetensors full.safetensors

judge() { # NAME RECOGNISER [options]
    ok evaluate generator --model "$1.safetensors" --recognisers "$2" --people "${people:-100..111}" --photos 4 \
        --attacks 10 --replicates 100 --device cpu "${@:4}" --out "$3"
}
judge full recogniser.safetensors full --strengths 0.5,1
judge without recogniser.safetensors without
judge full other.safetensors others
judge full recogniser.safetensors seed --seed 3

ok ablation --reports full/report.json,without/report.json --csv table.csv
says "recogniser.safetensors"
says "| full | "
says "injected: with strength 0.5"
[ "$(grep -c '^| without |.* - | - | - | - |$' "$log/out")" -eq 1 ] || fail "nothing is injected there"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the table does not follow from the reports"
import csv, json
rows = list(csv.DictReader(open("table.csv")))
assert len(rows) == 6 + 3, len(rows)
both = {name: json.load(open(name + "/report.json")) for name in ("full", "without")}
def measured(name, condition, k):
    c = next(c for c in both[name]["conditions"] if c["condition"] == condition)
    return c["look"]["ssim"] if k == "look" else c["recognisers"][0]["at_far"][k]
for name in both:
    mine = {(r["condition"], r["number"]): r for r in rows if r["generator"] == name}
    ssim, wanted = mine["own", "SSIM"], measured(name, "own", "look")
    assert [float(ssim[k]) for k in ("value", "low", "high")] == [wanted[k] for k in ("value", "low", "high")]
    rate = mine["own", "accepted at FAR 1e-2"]
    assert float(rate["value"]) == measured(name, "own", 0)["passes"]["value"]
    assert not any(int(r["apart"]) for r in mine.values()) or name != "full"
full = {(r["condition"], r["number"]): r for r in rows if r["generator"] == "full"}
assert float(full["injected", "SSIM to own"]["value"]) == measured("full", "injected", "look")["value"]
first, second = ([float(r[k]) for k in ("low", "high")] for r in rows if r["number"] == "SSIM")
apart = first[0] > second[1] or first[1] < second[0]
assert [int(r["apart"]) for r in rows if r["number"] == "SSIM"] == [0, int(apart)]
PYTHON
fi

people=200..211 judge full recogniser.safetensors strangers
refused "full and strangers are about different pairs" \
    ablation --reports full/report.json,strangers/report.json
judge full recogniser.safetensors strong --strengths 1,0.5
refused "full and strong begin with different strengths" \
    ablation --reports full/report.json,strong/report.json
refused "full and others are judged by other recognisers" \
    ablation --reports full/report.json,others/report.json
refused "full and seed are about different pairs" ablation --reports full/report.json,seed/report.json
ok evaluate recogniser --model recogniser.safetensors --people 100..111 --photos 4 --size 64 \
    --replicates 100 --device cpu --out alone
refused "is no report of 'idinject evaluate generator'" ablation --reports alone/report.json
refused "none.json" ablation --reports full/report.json,none.json
misused "want up to 16 file names" ablation --reports full/report.json,

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# attack.sh SOURCE_DIR BUILD_DIR - a searched attack with the models that come along: it raises the
# attacked cosine above plain injection's under the same floor, and the unseen recogniser's; its files
# follow from each other and come out the same again; mistakes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

models=$source_dir/models
A="attack --device cpu --model $models/generator_64.safetensors --mask where.png --style how.png"
A="$A --recognisers $models/iresnet_64.safetensors --unseen $models/mobilefacenet_64.safetensors"
ok portrait --identity 7001 --size 64 --out how.png --mask where.png
ok portrait --identity 7002 --size 64 --out who.png

ok $A --target who.png --steps 0 --out injected
ok $A --target who.png --steps 15 --out searched
says "| attack | iresnet_64.safetensors | attacked |"
says "| target | mobilefacenet_64.safetensors | unseen |"
says "searched/sheet.png"
wanted=$'attack.png\nidentity.npy\nreference.png\nreport.json\nsheet.png\nstyle.npy'
[ "$(ls searched)" = "$wanted" ] || fail "searched holds $(ls searched)"
ok $A --target who.png --steps 15 --out again
for name in $(ls searched); do same searched/$name again/$name; done
same injected/reference.png searched/reference.png "the images without injection"
different injected/attack.png searched/attack.png

# The generator's own recogniser is what is attacked if nothing is said.
ok attack --device cpu --model $models/generator_64.safetensors --mask where.png --style how.png \
    --target who.png --steps 0 --out own
says "| attack | iresnet_64.safetensors | attacked |"
same own/attack.png injected/attack.png

# Styles too, both recognisers at once, with verdicts.
both=$models/iresnet_64.safetensors,$models/mobilefacenet_64.safetensors
ok attack --device cpu --model $models/generator_64.safetensors --mask where.png --style how.png \
    --recognisers $both --target who.png --steps 15 --styles --thresholds 0.3,0.9 --seed 4 --out both
different both/style.npy searched/style.npy

# What was found makes the image again, through the usual command.
ok compare --model $models/mobilefacenet_64.safetensors searched/attack.png who.png
ok generate --device cpu --model $models/generator_64.safetensors --mask where.png \
    --style searched/style.npy --identity searched/identity.npy --out made.png
ok compare --model $models/mobilefacenet_64.safetensors searched/attack.png made.png
awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^[01]\.[0-9]+$/) cosine = $i } END { exit !(cosine > 0.999) }' \
    "$log/out" || fail "another image: $(cat "$log/out")"

if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the reports"
import json
injected, searched, both = (json.load(open(name + "/report.json")) for name in ("injected", "searched", "both"))
def cosine(report, k, image, degradation="none"):
    return report["recognisers"][k]["images"][image][degradation]["to_target"]
assert searched["schema"] == "idinject-attack/1" and searched["search"]["steps"] == 15
assert [r["role"] for r in searched["recognisers"]] == ["attacked", "unseen"]
assert [r["role"] for r in both["recognisers"]] == ["attacked", "attacked"]
for report in injected, searched, both:
    assert 0.9 <= report["ssim"] <= 1.0, report["ssim"]
    for k in range(2):
        assert abs(cosine(report, k, "target") - 1) < 1e-5
        assert cosine(report, k, "attack") > cosine(report, k, "reference") + 0.2
for k, gain in enumerate((0.1, 0.05)):
    assert cosine(searched, k, "attack") > cosine(injected, k, "attack") + gain, k
names = list(searched["recognisers"][0]["images"]["attack"])
assert names == ["none", "jpeg90", "jpeg70", "jpeg50", "half", "blur", "noise"], names
assert len({cosine(searched, 0, "attack", name) for name in names}) == 7
assert searched["recognisers"][0]["threshold"] is None
for k, threshold in enumerate((0.3, 0.9)):
    at = both["recognisers"][k]["images"]["attack"]["none"]
    assert at["is_taken_for_target"] == (at["to_target"] >= threshold)
    assert "is_taken_for_target" not in searched["recognisers"][k]["images"]["attack"]["none"]
PYTHON
fi

misused "option --target FILE is missing" $A --out x
misused "want 2 numbers" $A --target who.png --thresholds 0.3 --out x
misused "want 2 numbers" $A --target who.png --thresholds 0.3,0.2,0.1 --out x
refused "cannot be opened" $A --target nobody.png --out x
refused "SSIM of at least 1.5" $A --target who.png --ssim 1.5 --out x
refused "of rate 0" $A --target who.png --rate 0 --out x
refused "want a recogniser" attack --device cpu --model $models/generator_64.safetensors --mask where.png \
    --style how.png --recognisers $models/generator_64.safetensors --target who.png --out x

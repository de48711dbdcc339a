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
says "first/report.html, first/report.json, first/scores.csv"
[ "$(ls first)" = $'report.html\nreport.json\nscores.csv' ] || fail "first holds $(ls first)"
[ "$(wc -l <first/scores.csv)" -eq 277 ] || fail "want a header and 276 pairs"
ok $E --out second --threads 0
same first/report.json second/report.json
same first/scores.csv second/scores.csv
same first/report.html second/report.html
ok $E --out second --seed 1
different first/report.json second/report.json "after another seed"

# What a recogniser goes by: with nothing replaced two photographs of a person, with everything
# replaced two people; the rest of the report does not change.
ok $E --out cues --cues 50
says "6 people with parts of somebody else's face"
says "| nothing |"
says "| inner face and outline |"
same first/scores.csv cues/scores.csv
grep -q 'What it goes by' cues/report.html || fail "the page has no cues"
ok $E --out again --cues 50 --threads 0
same cues/report.json again/report.json

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

# A generator: files that follow from each other, the same again; a sheet of pictures.
G="evaluate generator --model generator.safetensors --people 100..111 --photos 4 --replicates 200"
G="$G --attacks 10 --recognisers recogniser.safetensors,other.safetensors"
ok init --arch mobilefacenet --config recogniser.json --seed 3 --out other.safetensors
ok $G --strengths 1,0.5 --out attack
says "10 pairs among 12 people, against 2 recognisers"
for images in photograph recoloured own "injected 1" "injected 0.5"; do
    says "| $images | recogniser.safetensors |"
    says "| $images | other.safetensors |"
done
[ "$(ls attack)" = $'report.html\nreport.json\nscores.csv\nsheet.png' ] || fail "attack holds $(ls attack)"
[ "$(wc -l <attack/scores.csv)" -eq 101 ] || fail "want a header and 5 x 2 x 10 lines"
mv attack before
ok $G --strengths 1,0.5 --out attack --threads 0
for name in report.html report.json scores.csv sheet.png; do same before/$name attack/$name; done
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the attack report does not follow from the scores"
import csv, json, math
report = json.load(open("attack/report.json"))
rows = list(csv.DictReader(open("attack/scores.csv")))
assert report["schema"] == "idinject-generator/1" and report["protocol"]["attacks"] == 10
assert [r["role"] for r in report["recognisers"]] == ["white box", "unseen"]
for c, condition in enumerate(report["conditions"]):
    for k, judged in enumerate(condition["recognisers"]):
        threshold = report["recognisers"][k]["tar_at_far"][0]["threshold"]
        mine = rows[(2 * c + k) * 10:][:10]
        at = judged["at_far"][0]
        for rate, column in ("success", "to_second"), ("passes", "to_first"):
            accepted = sum(float(r[column]) >= threshold for r in mine) / 10
            assert math.isclose(accepted, at[rate]["value"], abs_tol=1e-12), (c, k, rate)
            assert (judged["frechet_to_photographs"] > 1e-9) == (c > 0), (c, k)
            assert at[rate]["low"] <= accepted <= at[rate]["high"]
        ssim = sum(float(r["ssim"]) for r in mine) / 10
        assert math.isclose(ssim, condition["look"]["ssim"]["value"]), (c, k)
PYTHON
fi

# A search: every image keeps its distance, none is further from its aim than the best of five
# strengths, steps bring it nearer, and moved styles nearer still; other rows do not change.
S="$G --search-ssim 0.95 --search-rate 0.5"
for steps in 0 5; do ok $S --search $steps --out search_$steps; done
says "| searched | other.safetensors |"
ok $S --search 5 --search-against 2 --search-styles --out search_styles
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the searched images"
import csv

def rows(folder, condition, recogniser):
    every = [r for r in csv.DictReader(open(folder + "/scores.csv"))]
    first = every[0]["recogniser"]
    return [r for r in every if r["condition"] == condition
            and (r["recogniser"] == first) == (recogniser == 0)]

def mean(folder, recogniser, column):
    mine = rows(folder, "searched", recogniser)
    return sum(float(r[column]) for r in mine) / len(mine)

for folder in "search_0", "search_5", "search_styles":
    assert len(rows(folder, "searched", 0)) == len(rows(folder, "searched", 1)) == 10
    assert all(float(r["ssim"]) > 0.945 for r in rows(folder, "searched", 0)), folder
    assert rows(folder, "own", 1) == rows("search_0", "own", 1)
for before, after in zip(rows("search_0", "searched", 0), rows("search_5", "searched", 0)):
    assert float(after["to_token"]) > float(before["to_token"]) - 1e-4, (before, after)
assert mean("search_5", 0, "to_token") > mean("search_0", 0, "to_token") + 1e-4
assert mean("search_styles", 1, "to_token") > mean("search_5", 1, "to_token")
PYTHON
fi

# After degradation: images and, beside them, photographs of the second persons; the same again, and
# the other tables as they were.
ok $G --robustness --out robust
says "| injected 1 | other.safetensors |"
says "| second | recogniser.safetensors | "
says "| none | jpeg90 | jpeg70 | jpeg50 | half | blur | noise |"
mv robust robust_before
ok $G --robustness --out robust --threads 0
for name in report.html report.json scores.csv; do same robust_before/$name robust/$name; done
[ "$(wc -l <robust/scores.csv)" -eq 701 ] || fail "want a header and 7 x 5 x 2 x 10 lines"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the report after degradation does not follow from the scores"
import csv, json, math
report = json.load(open("robust/report.json"))
rows = list(csv.DictReader(open("robust/scores.csv")))
names = [v["degradation"] for v in report["robustness"]]
assert names == ["none", "jpeg90", "jpeg70", "jpeg50", "half", "blur", "noise"], names
for v, view in enumerate(report["robustness"]):
    assert [c["condition"] for c in view["conditions"]][-1] == "second"
    for c, condition in enumerate(view["conditions"]):
        for k, judged in enumerate(condition["recognisers"]):
            mine = rows[((5 * v + c) * 2 + k) * 10:][:10]
            assert {(r["condition"], r["degradation"]) for r in mine} == {(condition["condition"], names[v])}
            threshold = report["recognisers"][k]["tar_at_far"][0]["threshold"]
            success = judged["at_far"][0]["success"]
            accepted = sum(float(r["to_second"]) >= threshold for r in mine) / 10
            assert math.isclose(accepted, success["value"], abs_tol=1e-12)
            assert success["low"] <= accepted <= success["high"]
            assert all((r["ssim"] == "") == (v > 0 or c == 4) for r in mine)
for a, b in zip(report["robustness"][0]["conditions"], report["conditions"]):
    assert a["recognisers"][0]["at_far"] == b["recognisers"][0]["at_far"]
PYTHON
fi

# What carries the person: a row a class and two more, in the file, on the page and in the text; the
# rest of the report as it was.
ok $G --leverage 3 --out leverage
says "| exchanged | pairs | area | SSIM |"
says "| all styles | 3 |"
says "| identity | 3 | 1.000 |"
grep -q "What carries the person" leverage/report.html || fail "no section on the page"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "what carries the person"
import json
report, robust = (json.load(open(name + "/report.json")) for name in ("leverage", "robust"))
rows = report.pop("leverage")["rows"]
robust.pop("robustness")
assert report == robust and len(rows) == 21 and "leverage" not in robust
assert all(len(r["recognisers"]) == len(report["recognisers"]) for r in rows)
PYTHON
fi

# The pages: whole, well nested, and in need of nothing else.
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the pages"
import base64, html.parser, re

class Nesting(html.parser.HTMLParser):
    open = []
    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "img"):
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        pass
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

for page, plots in ("first", 1), ("attack", 2), ("robust", 2):
    text = open(page + "/report.html").read()
    parser = Nesting()
    parser.feed(text)
    assert parser.open == [] and text.count("<svg") == plots, (parser.open, text.count("<svg"))
    text = re.sub("base64,[^\"]*", "", text)
    assert not re.search(r"\bnan\b", text) and not re.search(r"(href|src)=\"(?!data:)", text)
picture = re.search(r"base64,([^\"]*)", open("attack/report.html").read()).group(1)
assert base64.b64decode(picture, validate=True) == open("attack/sheet.png", "rb").read()
PYTHON
fi

# Photographs on disk, with CelebA's lists: the same people under other names.
mkdir -p disk/images disk/labels
printf 'idx orig_idx orig_file\n' >disk/CelebA-HQ-to-CelebA-mapping.txt
for i in $(seq 0 15); do
    ok portrait --identity $((i % 8)) --photo $((i / 8)) --size 64 --out disk/images/$i.png \
        --mask disk/labels/$i.png
    printf '%d %d %06d.jpg\n' "$i" $((i + 100)) $((i + 101)) >>disk/CelebA-HQ-to-CelebA-mapping.txt
    printf '%06d.jpg %d\n' $((i + 101)) $((i % 8 * 10 + 5)) >>disk/identity_CelebA.txt
done
D="--replicates 100 --size 64 --model recogniser.safetensors"
ok evaluate recogniser $D --data paired --folder disk --identities disk/identity_CelebA.txt --out paired
ok evaluate recogniser $D --people 0..7 --photos 2 --out drawn
cut -d, -f1,4- paired/scores.csv | sort >paired.scores
cut -d, -f1,4- drawn/scores.csv | sort >drawn.scores
same paired.scores drawn.scores
grep -q '^genuine,[0-9]*.png,[0-9]*.png,' paired/scores.csv || fail "no file names in the scores"

misused "want FIRST..LAST" evaluate recogniser --model m --people 3 --out x
misused "want FIRST..LAST" evaluate recogniser --model m --people 9..3 --out x
misused "want FIRST..LAST" evaluate recogniser --model m --people 1..2x --out x
misused "--people FIRST..LAST is missing" evaluate recogniser --model m --out x
misused "evaluate what? 'everything'" evaluate everything --model m --people 1..9 --out x
misused "are for a generator" evaluate recogniser --model m --people 1..9 --robustness --out x
misused "are for a generator" evaluate recogniser --model m --people 1..9 --leverage 3 --out x
misused "WHAT is missing" evaluate --model m --people 1..9 --out x
misused "wants --folder and --identities" evaluate recogniser --model m --data paired --out x
misused "for photographs on disk" evaluate recogniser --model m --people 1..9 --folder f --out x
refused "want 0, or 2 or more of drawn ones" evaluate recogniser --model recogniser.safetensors \
    --cues 9 --data paired --folder disk --identities disk/identity_CelebA.txt --out x
misused "for a generator" evaluate recogniser --model m --people 1..9 --strengths 1 --out x
misused "--strengths is '1,'" evaluate generator --model m --people 1..9 --strengths 1, --out x
misused "--strengths is 'x'" evaluate generator --model m --people 1..9 --strengths x --out x
misused "want up to 8 file names" evaluate generator --model generator.safetensors --people 1..9 \
    --recognisers ,recogniser.safetensors --out x
refused "a search against 3 recognisers, want 1 to 2" evaluate generator --search 1 \
    --search-against 3 --model generator.safetensors --people 100..111 --photos 4 \
    --recognisers recogniser.safetensors,other.safetensors --out x
refused "names no recogniser" evaluate generator --model generator.safetensors --people 1..9 --out x
refused "want a generator" evaluate generator --model recogniser.safetensors --people 1..9 \
    --recognisers recogniser.safetensors --out x
refused "cannot be opened" evaluate recogniser --model none.safetensors --people 1..9 --out x
refused "want a recogniser" evaluate recogniser --model generator.safetensors --people 1..9 --out x
refused "3 people" evaluate recogniser --model recogniser.safetensors --people 1..3 --out x
refused "a file of that name" evaluate recogniser --model recogniser.safetensors --people 1..9 \
    --out recogniser.json
refused "nowhere/CelebA-HQ-img" evaluate recogniser --model recogniser.safetensors \
    --data celebamask --folder nowhere --identities nowhere/identity_CelebA.txt --out x

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that is measured on a GPU, in one call of under ten minutes: the card's ceilings, each
# op beside its floor, the generator alone at batch 1 to 128 in every precision, the comparison with
# PyTorch and JAX on the same weights, and last the kernels that are off until a device has proven and
# timed them, beside those in use: whatever those do, the rest has been measured.
#
#     bench/gpu.sh BUILD_DIR OUT_DIR [SECONDS]
#
# BUILD_DIR is a build with a CUDA toolkit, or what tests/gpu/bundle.sh made of one. JSON and Markdown
# go to OUT_DIR; the tables come last. Without PyTorch or JAX that column says so.
set -euo pipefail
build=$(realpath "$1")
out=$2
seconds=${3:-540}
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"
source "$here/../tests/gpu/libraries.sh" "$build"
begin=$SECONDS

model=$out/generator.safetensors
"$build/idinject" init --arch ca2sis-id --seed 1 --out "$model"
"$build/bench_gpu" "$model" --ceilings --json "$out/ceilings.json" | tee "$out/ceilings.txt"
"$build/bench_gpu" "$model" --ops --precision bf16 --batch 8 --json "$out/ops.json" >"$out/ops.txt"
"$build/bench_gpu" "$model" --ladder --json "$out/ladder.json" | tee "$out/ladder.txt"
left=$((seconds - (SECONDS - begin) - 150))
python3 "$here/gpu_compare.py" "$build" "$model" --out "$out" --seconds "$left" \
    --settings bf16:1,bf16:32,tf32:8,f16:32,f32:8
for batch in 1 8; do
    for precision in bf16 bf16+wgmma f16 f16+wgmma; do
        timeout -k 2 10 "$build/bench_gpu" "$model" --ops --precision $precision --batch $batch \
            --json "$out/ops_${precision}_$batch.json" | grep '^pixel_transformer' |
            sed "s/^/$precision, batch $batch: /" || echo "$precision, batch $batch: FAILED"
    done
done >"$out/wgmma.txt"
rm -f "$model"
head -n 40 "$out/ops.txt"
cat "$out/wgmma.txt"
cat "$out/ladder.txt" "$out/gpu_compare.md"

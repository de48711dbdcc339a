#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The full-size generator at 256x256, batch 1, f32, alternating with PyTorch where a Python with
# PyTorch is installed (Debian: python3-torch); alone otherwise.
set -euo pipefail
build=$1
model=$build/bench.safetensors
[ -f "$model" ] || "$build/idinject" init --arch ca2sis --seed 1 --out "$model"
if /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    /usr/bin/python3 bench/alternate.py "$build" "$model"
else
    echo "bench: no PyTorch here (python3-torch): timing ours alone, which compares with nothing"
    "$build/bench_generator" "$model" 5
fi

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The GPU benchmark program on the emulated device: its modes run and speak the protocol. Its
# numbers mean nothing here.
set -euo pipefail
source "$1/tests/cli/lib.bash"
bench=$build_dir/bench_gpu_emulated
[ -x "$bench" ] || { echo "no CUDA headers, or no benchmarks in this build: skipped"; exit 77; }
tiny_models
printf '\n\n' | "$bench" generator.safetensors --step --precision bf16 --batch 2 --repeat 2 >step.txt
grep -qx ready step.txt || fail "no line 'ready'"
[ "$(grep -cE '^[0-9]+\.[0-9]{6}$' step.txt)" -eq 2 ] || fail "want the seconds of two steps"
grep -qE '^peak device: [0-9]+ MiB$' step.txt || fail "no peak"
"$bench" generator.safetensors --ops --precision f32 --json ops.json >ops.txt
"$bench" generator.safetensors --ops --precision bf16+wgmma >wgmma.txt
grep -q '^pixel_transformer ' wgmma.txt || fail "no transformer in the table"
grep -q '^conv2d ' ops.txt || fail "no convolution in the table"
grep -q '"macs"' ops.json || fail "no macs in ops.json"

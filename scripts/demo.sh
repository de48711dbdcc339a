#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make demo`: the built program's demo, with the models that come along, into the folder
# demo/ beside the sources.
#   scripts/demo.sh BUILD_DIR [options of 'idinject demo']
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=${1:?usage: scripts/demo.sh BUILD_DIR [options]}
shift
program=$(cd "$build_dir" && pwd)/idinject

# Threads that wait do not spin: kinder to a busy machine.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
cd "$source_dir"
"$program" demo --out demo --model models/generator_64.safetensors \
    --recognisers models/iresnet_64.safetensors,models/mobilefacenet_64.safetensors,models/hardened_64.safetensors "$@"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The CUDA backend on a real GPU: the whole suite twice (inputs are random; kernels that are off by
# default have tests of their own in it), compute-sanitizer's four tools on the op tests, and the
# description of the device for the plan tests that run without one.
#
#     tests/gpu/run.sh BUILD_DIR [OUT_DIR]
#
# BUILD_DIR is a build with a CUDA toolkit, or what bundle.sh made of one. Logs and the description
# go to OUT_DIR (default BUILD_DIR/gpu). A table comes last; the exit status says whether all held.
set -uo pipefail
build=$(realpath "$1")
out=${2:-$build/gpu}
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"
out=$(realpath "$out")
source "$here/libraries.sh" "$build"
export OMP_WAIT_POLICY=passive

rows=()
failed=0

# step NAME SECONDS COMMAND...: runs it under a time limit, logs it, adds its row
step() {
    local name=$1 limit=$2 begin=$SECONDS result
    shift 2
    timeout "$limit" "$@" >"$out/$name.log" 2>&1
    local status=$?
    case $status in
    0) result=passed ;;
    77) result="not run: $(tail -n 1 "$out/$name.log")" ;;
    124) result="FAILED: over $limit s" failed=1 ;;
    *) result="FAILED ($status)" failed=1 ;;
    esac
    local counts
    counts=$(grep -o 'Tested: .*' "$out/$name.log" | tail -n 1)
    rows+=("$(printf '%-12s %5d s  %s%s' "$name" $((SECONDS - begin)) "$result" "${counts:+; $counts}")")
    [ "$status" = 0 ] || [ "$status" = 77 ] || grep -E '\[FAIL|\[----\]|ERROR|=========' "$out/$name.log" | head -n 20
}

sanitize() {
    command -v compute-sanitizer >/dev/null || { echo "compute-sanitizer is not here"; return 77; }
    compute-sanitizer --tool "$1" --target-processes all --error-exitcode 9 \
        "$build/test_gpu" --short-filename -j1 --filter 'cuda_ops/*'
}
export -f sanitize
export build

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
step suite 150 "$build/test_gpu" --short-filename -j1
step again 150 "$build/test_gpu" --short-filename -j1
for tool in memcheck racecheck initcheck synccheck; do
    step "$tool" 70 bash -c "sanitize $tool"
done
if [ -x "$build/describe_device" ]; then
    step describe 30 "$build/describe_device" "$out/deviceprop.json"
fi

echo
printf '%s\n' "${rows[@]}"
[ "$failed" = 0 ] && echo "all held" || echo "NOT ALL HELD"
exit $failed

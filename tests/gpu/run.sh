#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The CUDA backend on a real GPU: the whole suite twice (inputs are random), compute-sanitizer's four
# tools on the op tests, the description of the device for the plan tests that run without one, and
# last the kernels that are off until a device has proven them: those have a row each, but whatever
# they do neither hides anything before them nor decides the exit status. All limits together are
# below 600 seconds.
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
failing=1 # what a failure makes of it

# step NAME SECONDS COMMAND...: runs it under a time limit, logs it, adds its row
step() {
    local name=$1 limit=$2 begin=$SECONDS result
    shift 2
    timeout -k 5 "$limit" bash -c '"$@"' step "$@" >"$out/$name.log" 2>&1
    local status=$?
    case $status in
    0) result=passed ;;
    77) result="not run: $(tail -n 1 "$out/$name.log")" ;;
    124 | 137) result="FAILED: over $limit s" failed=$((failed | failing)) ;;
    *) result="FAILED ($status)" failed=$((failed | failing)) ;;
    esac
    local counts
    counts=$(grep -o 'Tested: .*' "$out/$name.log" | tail -n 1)
    rows+=("$(printf '%-16s %5d s  %s%s' "$name" $((SECONDS - begin)) "$result" "${counts:+; $counts}")")
    [ "$status" = 0 ] || [ "$status" = 77 ] || grep -E '\[FAIL|\[----\]|ERROR|=========' "$out/$name.log" | head -n 20
}

# sanitize TOOL TESTS
sanitize() {
    command -v compute-sanitizer >/dev/null || { echo "compute-sanitizer is not here"; return 77; }
    compute-sanitizer --tool "$1" --target-processes all --error-exitcode 9 \
        "$build/test_gpu" --short-filename -j1 --filter "$2"
}
export -f sanitize
export build

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
tools="memcheck racecheck initcheck synccheck"
step suite 105 "$build/test_gpu" --short-filename -j1 --filter '*/!(*wgmma*)'
step again 105 "$build/test_gpu" --short-filename -j1 --filter '*/!(*wgmma*)'
for tool in $tools; do
    step "$tool" 50 sanitize "$tool" 'cuda_ops*/!(*wgmma*)'
done
if [ -x "$build/describe_device" ]; then
    step describe 15 "$build/describe_device" "$out/deviceprop.json"
fi
failing=0
step wgmma 40 "$build/test_gpu" --short-filename -j1 --filter '*/*wgmma*'
for tool in $tools; do
    step "wgmma $tool" 20 sanitize "$tool" 'cuda_ops/*wgmma*'
done

echo
printf '%s\n' "${rows[@]}"
[ "$failed" = 0 ] && echo "all held" || echo "NOT ALL HELD"
exit $failed

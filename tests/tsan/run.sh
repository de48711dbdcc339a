#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh SOURCE_DIR BUILD_DIR - the library's and the program's threads under ThreadSanitizer; fails on
# any report. BUILD_DIR is clang's, with IDI_SANITIZE=thread: 'make tsan' makes it and runs this.
#
# clang, because its OpenMP library tells the sanitizer where its loops begin and end (by LLVM's archer):
# gcc's does not, and each loop there would be a false report. So OpenMP's loops are watched too. Nothing is suppressed. One option is set, the one that archer itself asks
# for: calls that come from modules without instrumentation (the two OpenMP libraries and OpenBLAS,
# libpng, libjpeg) are their own business. What they do with locks is still seen.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"
threads=$build_dir/tsan_threads

export TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66 ${TSAN_OPTIONS:-}"
export OMP_NUM_THREADS=2 # also where there is one core
omp=$(readlink -f "$(ldd "$threads" | awk '$1 == "libomp.so.5" { print $3 }')")
export OMP_TOOL_LIBRARIES=$(dirname "$omp")/libarcher.so
[ -e "$OMP_TOOL_LIBRARIES" ] || fail "there is no $OMP_TOOL_LIBRARIES (libomp-dev has it)"
# Where a kernel places memory at random further than the sanitizer expects, and lets us ask it not to.
as_is() { if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi; }

# A race of either kind is reported.
for kind in pthread openmp; do
    rc=0
    as_is "$threads" race $kind >"$log/out" 2>"$log/err" || rc=$?
    [ "$rc" -eq 66 ] && grep -q 'WARNING: ThreadSanitizer: data race' "$log/err" ||
        fail "a $kind race is not reported (exit code $rc)"
done

tiny_models
for i in 1 2 3; do
    rc=0
    as_is "$threads" >"$log/out" 2>"$log/err" || rc=$?
    [ "$rc" -eq 0 ] && [ ! -s "$log/err" ] || fail "exit code $rc after $(tail -n 1 "$log/out")"
done

# Tests of the program: reading, computing and writing threads, devices, signals, trainings with loaders.
# This build has no MPI, of which batch_share.sh tells (77) when it is through with devices.
for test in batch batch_edit batch_resume batch_share train; do
    echo "$test"
    rc=0
    IDI_BATCH_JOBS=100 IDI_BATCH_KILLS=3 as_is bash "$source_dir/tests/cli/$test.sh" "$source_dir" "$build_dir" || rc=$?
    [ "$rc" -eq 0 ] || { [ "$rc" -eq 77 ] && [ $test = batch_share ]; } || fail "$test: exit code $rc"
done

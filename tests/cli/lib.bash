# SPDX-License-Identifier: Apache-2.0
# lib.bash - for the tests of the program; sourced with SOURCE_DIR BUILD_DIR. Gives $program, an
# empty folder $scratch that is removed at the end and is the working folder, and the checks below.
set -euo pipefail

source_dir=$(cd "$1" && pwd)
build_dir=$(cd "$2" && pwd)
# Threads that wait do not spin: the machine may be busy with other tests.
export OMP_WAIT_POLICY=passive
program=$build_dir/idinject
log=$(mktemp -d)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" "$log"' EXIT
cd "$scratch"

fail() {
    echo "FAILED: $*" >&2
    [ -s "$log/err" ] && sed 's/^/    stderr: /' "$log/err" >&2
    exit 1
}

# run ARGUMENTS...: the program; leaves $rc, $log/out and $log/err.
run() {
    rc=0
    "$program" "$@" >"$log/out" 2>"$log/err" </dev/null || rc=$?
}

# ok ARGUMENTS...: exit code 0 and silence on standard error.
ok() {
    run "$@"
    [ "$rc" -eq 0 ] || fail "exit code $rc of: idinject $*"
    [ ! -s "$log/err" ] || fail "something on standard error of: idinject $*"
}

# The last run left one line on standard error, an error that contains every WORDS given.
one_sentence() {
    [ "$(wc -l <"$log/err")" -eq 1 ] || fail "want one line on standard error"
    grep -q '^idinject: error: ' "$log/err" || fail "want 'idinject: error: ...'"
    local words
    for words in "$@"; do
        grep -qF -- "$words" "$log/err" || fail "the sentence does not say '$words'"
    done
}

# misused WORDS ARGUMENTS...: exit code 2 and a sentence with WORDS.
misused() {
    local words=$1
    shift
    run "$@"
    [ "$rc" -eq 2 ] || fail "exit code $rc, want 2, of: idinject $*"
    [ ! -s "$log/out" ] || fail "something on standard output of: idinject $*"
    one_sentence "$words"
}

# refused WORDS ARGUMENTS...: exit code 1, a sentence with WORDS, and no file more or less.
refused() {
    local words=$1 before after
    shift
    before=$(find . | sort)
    run "$@"
    [ "$rc" -eq 1 ] || fail "exit code $rc, want 1, of: idinject $*"
    [ ! -s "$log/out" ] || fail "something on standard output of: idinject $*"
    one_sentence "$words"
    after=$(find . | sort)
    [ "$before" = "$after" ] || fail "files were left or lost by: idinject $*"
}

same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ: ${3:-}"
}

different() {
    ! cmp -s "$1" "$2" || fail "$1 and $2 are the same: ${3:-}"
}

says() {
    grep -qF -- "$1" "$log/out" || fail "standard output does not say '$1': $(cat "$log/out")"
}

# tiny_models: generator.safetensors (side 64, identity 32) and recogniser.safetensors.
tiny_models() {
    cat >generator.json <<'JSON'
{"size": 64, "code_channels": 32, "style_dim": 16, "style_width": 2, "style_downs": 4,
 "norm_groups": 8, "noise_hidden": 16, "identity_dim": 32,
 "blocks": [{"channels": 32, "heads": 2, "head_dim": 8, "has_self_attention": true},
            {"channels": 16, "heads": 2, "head_dim": 8, "has_self_attention": false},
            {"channels": 16, "heads": 1, "head_dim": 8, "has_self_attention": false}]}
JSON
    cat >recogniser.json <<'JSON'
{"embedding_dim": 32, "width": 8, "blocks": [1, 1, 1, 0]}
JSON
    ok init --arch ca2sis-id --config generator.json --seed 1 --out generator.safetensors
    ok init --arch mobilefacenet --config recogniser.json --seed 2 --out recogniser.safetensors
}

# mpi_environment: two processes on one busy machine, perhaps as root in a container; other MPIs
# overlook these.
mpi_environment() {
    export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
    export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
    export TMPDIR=$scratch
    # Under the sanitizer MPI's own blocks, which it keeps until the end, are no leaks.
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    # And its dlopen() does not look beside the library that calls it.
    [ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] ||
        export LD_LIBRARY_PATH=$build_dir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

# together ARGUMENTS...: two processes; leaves $rc, $log/out and $log/err.
together() {
    rc=0
    mpirun -n 2 "$program" "$@" >"$log/out" 2>"$log/err" </dev/null || rc=$?
}

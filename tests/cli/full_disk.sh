#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# full_disk.sh SOURCE_DIR BUILD_DIR - no room for an output, of every kind that there is: exit code
# 1, one sentence that names the file, and nothing left behind.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
G="--model generator.safetensors --recogniser recogniser.safetensors"
made="$G --mask where.png --style how.png"

# no_room WORDS COMMAND...: COMMAND runs the program where there is no room.
no_room() {
    local words=$1 before after
    shift
    before=$(find . | sort)
    # Through a pipe: what a file cannot take would not show in $log/err either.
    set +eo pipefail
    "$@" 2>&1 >/dev/null </dev/null | cat >"$log/err"
    rc=${PIPESTATUS[0]}
    set -eo pipefail
    [ "$rc" -eq 1 ] || fail "exit code $rc, want 1, of: $*"
    one_sentence "$words"
    after=$(find . | sort)
    [ "$before" = "$after" ] || fail "files were left or lost by: $*: $after"
}

# no_byte WORDS ARGUMENTS..., few_bytes WORDS ARGUMENTS...: files may not grow beyond 0 or 1024.
with_limit() (
    ulimit -f "$1"
    exec "$program" "${@:2}"
)
no_byte() { no_room "$1: cannot be written: File too large" with_limit 0 "${@:2}"; }
few_bytes() { no_room "$1: cannot be written: File too large" with_limit 1 "${@:2}"; }

no_byte "a.png" portrait --size 64 --out a.png
no_byte "a.png" portrait --size 64 --out a.png --mask m.png --landmarks l.json
no_byte "a.png" portrait --size 64 --sheet 2x2 --out a.png --mask m.png
no_byte "m.safetensors" init --arch mobilefacenet --config recogniser.json --out m.safetensors
no_byte "m.safetensors" convert --in generator.safetensors --out m.safetensors
no_byte "e.npy" embed --model recogniser.safetensors --image how.png --out e.npy
no_byte "s.npy" encode-style --model generator.safetensors --image how.png --mask where.png \
    --out s.npy
no_byte "o.png" generate $made --out o.png
no_byte "o.npy" generate $made --out o.npy
no_byte "demo/person_1_photo1.png" demo --out demo ${G/recogniser /recognisers }
few_bytes "a.png" portrait --size 64 --out a.png
few_bytes "m.safetensors" init --arch mobilefacenet --config recogniser.json --out m.safetensors
few_bytes "o.npy" generate $made --out o.npy
# An old file keeps its content.
cp how.png old.png
few_bytes "old.png" portrait --size 64 --out old.png
same old.png how.png

# The same on a file system that is full, seen by this command alone: outputs that other outputs
# went before, to where there is room, and the demo's sheet behind all its other files.
on_full_disk() {
    unshare -rm bash -c 'mount -t tmpfs -o size="$1" none full && shift &&
        { head -c 100M /dev/zero >full/filler 2>/dev/null || true; } && "$@"
        rc=$?; rm full/filler; [ -z "$(ls -A full)" ] || { ls -A full >&2; exit 99; }; exit $rc' \
        bash "$@"
}
mkdir full
if ! unshare -rm mount -t tmpfs none full 2>/dev/null; then
    echo "no file system can be mounted here: full ones were not tried"
    exit 0
fi
no_space() { no_room "full/$1: cannot be written: No space left" on_full_disk 4k "$program" "${@:2}"; }
no_space "a.png" portrait --size 64 --out full/a.png
no_space "m.png" portrait --size 64 --out a.png --mask full/m.png
no_space "l.json" portrait --size 64 --out a.png --mask m.png --landmarks full/l.json
no_space "m.png" portrait --size 64 --sheet 2x2 --out a.png --mask full/m.png
no_space "m.safetensors" init --arch mobilefacenet --config recogniser.json --out full/m.safetensors
no_space "m.safetensors" convert --in generator.safetensors --out full/m.safetensors
no_space "e.npy" embed --model recogniser.safetensors --image how.png --out full/e.npy
no_space "s.npy" encode-style --model generator.safetensors --image how.png --mask where.png \
    --out full/s.npy
no_space "o.png" generate $made --out full/o.png
no_space "o.npy" generate $made --out full/o.npy
no_space "demo/person_1_photo1.png" demo --out full/demo ${G/recogniser /recognisers }

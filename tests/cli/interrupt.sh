#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# interrupt.sh SOURCE_DIR BUILD_DIR - Ctrl-C and its kin, while files are being written and at other
# times: the parent sees the signal, and no unfinished file is left.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
set -m # else bash lets what it starts in the background ignore SIGINT

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
G="--model generator.safetensors --recogniser recogniser.safetensors"
old_files=$(find . | sort)

# in_background ARGUMENTS...: starts the program; leaves $pid.
in_background() {
    "$program" "$@" >"$log/out" 2>"$log/err" </dev/null &
    pid=$!
}

# ends: waits for the program; leaves $rc.
ends() {
    rc=0
    wait "$pid" 2>/dev/null || rc=$?
}

nothing_new() {
    [ "$(find . | sort)" = "$old_files" ] || fail "there is more or less than before: $(find .)"
}

# stopped SIGNAL NUMBER PATTERN ARGUMENTS...: the program is sent the signal when a file of that name
# (PID stands for its id) is there, ends by it, silently, and leaves nothing. If it was faster than
# this script, which then never saw the file or came late, once more.
stopped() {
    local tries=0 pattern
    until [ "$((tries++))" -eq 10 ]; do
        in_background "${@:4}"
        pattern=${3/PID/$pid}
        until compgen -G "$pattern" >/dev/null; do
            kill -0 "$pid" 2>/dev/null || break
        done
        kill -"$1" "$pid" 2>/dev/null || true
        ends
        if [ "$rc" -eq 0 ]; then
            rm -rf m.safetensors sheet.png mask.png demo
            continue
        fi
        [ "$rc" -eq $((128 + $2)) ] || fail "exit code $rc after SIG$1, want $((128 + $2))"
        [ ! -s "$log/err" ] || fail "something on standard error after SIG$1"
        nothing_new
        return
    done
    fail "ten times faster than the signal: ${*:4}"
}

# In the middle of a file (what it is called then, idinject/bitmap.h says), and behind a complete one,
# which goes all the same.
stopped INT 2 "m.safetensors.PID.0.tmp" init --arch iresnet50 --out m.safetensors
sheet="portrait --sheet 2x2 --size 512 --out sheet.png --mask mask.png"
stopped TERM 15 "sheet.png.PID.0.tmp" $sheet
stopped HUP 1 "sheet.png" $sheet
stopped INT 2 "demo/person_*" demo --out demo ${G/recogniser /recognisers }
stopped TERM 15 "demo/result_*" demo --out demo ${G/recogniser /recognisers }

# At any time: nothing is left, or all is done.
made="generate $G --mask where.png --style how.png"
ok $made --out whole.png
old_files=$(find . | sort)
for delay in 0.01 0.02 0.03 0.05 0.08 0.13; do
    in_background $made --out o.png
    sleep "$delay"
    kill -INT "$pid" 2>/dev/null || true
    ends
    [ "$rc" -eq 0 ] || [ "$rc" -eq 130 ] || fail "exit code $rc after SIGINT, want 130"
    [ "$rc" -ne 0 ] || [ -e o.png ] || fail "no o.png"
    [ ! -e o.png ] || { same o.png whole.png && rm o.png; }
    nothing_new
done

# What the parent ignores stays ignored, as nohup wants it.
trap '' HUP
in_background portrait --size 512 --out face.png
trap - HUP
kill -HUP "$pid"
ends
[ "$rc" -eq 0 ] && [ -s face.png ] || fail "an ignored SIGHUP ended it: exit code $rc"

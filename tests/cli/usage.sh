#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage.sh SOURCE_DIR BUILD_DIR - help everywhere, and mistakes on the command line: exit code 2,
# one sentence, nothing written.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

commands="demo portrait generate batch embed compare encode-style init convert info devices doctor bench train evaluate explain attack ablation sheet"

# Help: complete, on standard output, no line beyond a screen.
for command in $commands; do
    ok "$command" --help
    cp "$log/out" help.txt
    says "idinject $command - "
    says "usage: idinject $command"
    says "--device NAME"
    says "--memory-limit BYTES"
    says "--help"
    says "example:"
    awk 'length > 100 { exit 1 }' help.txt || fail "$command --help has too long lines"
    # Every option's explanation starts in the same column.
    columns=$(grep -E '^  --' help.txt | sed -E 's/^(  --[a-z-]+( [^ ]+)?  +).*/\1/' |
        awk '{ print length }' | sort -u | wc -l)
    [ "$columns" -eq 1 ] || fail "$command --help is not aligned"
    ok help "$command"
    same help.txt "$log/out"
    # Help wins over whatever else is wrong.
    ok "$command" --nonsense --help
    same help.txt "$log/out"
done
ok help
for command in $commands; do says "  $command "; done
cp "$log/out" help.txt
ok --help
same help.txt "$log/out"

ok version
grep -qE '^idinject [0-9]+\.[0-9]+\.[0-9]+$' "$log/out" || fail "version prints '$(cat "$log/out")'"
ok --version

run
[ "$rc" -eq 2 ] || fail "exit code $rc without a command, want 2"
grep -q '^usage: ' "$log/err" || fail "no usage without a command"

# Commands.
misused "did you mean 'generate'" genrate
misused "did you mean 'portrait'" port
misused "unknown command 'xyzzy'" xyzzy
misused "unknown command 'xyzzy'" help xyzzy
misused "unexpected argument" version 1

# Options.
misused "did you mean --identity?" portrait --identiy 3 --out a.png
misused "did you mean --out?" portrait --output a.png
misused "unknown option --xyzzy" portrait --xyzzy --out a.png
misused "options are long" portrait -o a.png
misused "wants a value: FILE" portrait --out
misused "wants a value: N" portrait --identity --out a.png
misused "takes no value" info --json=yes model.safetensors
misused "given twice" portrait --out a.png --out b.png
misused "--out FILE is missing" portrait --identity 3
misused "--mask FILE is missing" generate --model m.safetensors --style s.png --out o.png
misused "unexpected argument 'stray'" portrait --out a.png stray
misused "FILE is missing" info
misused "B is missing" compare a.png
misused "--out and --mask are the same file" portrait --out a.png --mask a.png

# Values.
misused "want a whole number from 32 to 1024" portrait --size 31 --out a.png
misused "want a whole number from 32 to 1024" portrait --size 1025 --out a.png
misused "want a whole number" portrait --identity -1 --out a.png
misused "want a whole number" portrait --identity 1.5 --out a.png
misused "want a whole number" portrait --identity 18446744073709551616 --out a.png
misused "want a whole number" portrait --identity= --out a.png
misused "want ROWSxCOLUMNS" portrait --sheet 3 --out a.png
misused "want ROWSxCOLUMNS" portrait --sheet 0x3 --out a.png
misused "want ROWSxCOLUMNS" portrait --sheet 3x101 --out a.png
misused "at most" portrait --sheet 100x100 --size 1024 --out a.png
misused "do not go together" portrait --sheet 2x2 --landmarks l.json --out a.png
misused "want a file name that ends in .png" portrait --out a.jpg
misused "want a file name that ends in .png" portrait --out .png
misused "ends in .png or .npy" generate --model m --mask m.png --style s.png --out o.gif
misused "want celebamask or bisenet" generate --model m --mask m --style s --scheme ade20k --out o.png
misused "want a number" generate --model m --mask m --style s --identity-strength nan --out o.png
misused "want a number" generate --model m --mask m --style s --identity-strength 1x --out o.png
misused "want a number of bytes" portrait --memory-limit 3Q --out a.png
misused "want a number of bytes" portrait --memory-limit 99999999999G --out a.png

[ -z "$(ls | grep -v '^help.txt$')" ] || fail "files were left: $(ls)"

# Both ways to give a value, and an end of the options.
ok portrait --size 32 --out a.png
ok portrait --size=32 --out=b.png
same a.png b.png
ok portrait --size 32 --out=--odd.png
same a.png ./--odd.png
refused "cannot be opened" info -- --no-such-file

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The man page, made of the program's own help, so that the two cannot disagree.
#   scripts/man.sh PROGRAM OUT
set -euo pipefail
program=$1
out=$2

# Literal lines: a backslash, and a dot or an apostrophe at the beginning, mean something to roff.
literal() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"; }

overview=$("$program" help)
version=$("$program" version)
commands=$(awk '/^commands:/ { inside = 1; next } /^$/ { inside = 0 } inside { print $1 }' <<<"$overview")
{
    echo '.\" Made of the program'"'"'s help by scripts/man.sh.'
    echo ".TH IDINJECT 1 \"\" \"$version\" \"User Commands\""
    echo '.SH NAME'
    head -n 1 <<<"$overview" | sed -E 's/^idinject [^ ]+ - /idinject \\- /'
    echo '.SH SYNOPSIS'
    echo '.B idinject'
    echo '.I COMMAND'
    echo '[options]'
    echo '.SH DESCRIPTION'
    echo '.nf'
    sed -n '/^commands:/,$p' <<<"$overview" | literal
    echo '.fi'
    echo '.SH COMMANDS'
    for command in $commands; do
        [ "$command" = help ] || [ "$command" = version ] && continue
        echo ".SS $command" | sed 's/-/\\-/g'
        echo '.nf'
        "$program" help "$command" | literal
        echo '.fi'
    done
} >"$out.part"
mv "$out.part" "$out"

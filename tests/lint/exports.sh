#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shared library exports what the public headers declare with IDI_API, and nothing else but
# its version's node.
set -euo pipefail
cd "$1"
library=$2/libidinject.so
[ -e "$library" ] || { echo "$library is not built"; exit 77; }
command -v nm >/dev/null || { echo "nm is missing"; exit 77; }

# A declaration is from IDI_API to the name before the first parenthesis; the macro's own
# definitions in status.h are lines of the preprocessor.
declared=$(cat include/idinject/*.h | grep -v '^ *#' | tr '\n' ' ' |
    grep -oE 'IDI_API [^;(]*\(' | grep -oE 'idi_[a-z0-9_]+ *\($' | tr -d ' (' | sort)
# Version nodes are absolute symbols.
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | sort)

[ "$(wc -l <<<"$declared")" -gt 20 ] || { echo "found only these declarations: $declared"; exit 1; }
twice=$(uniq -d <<<"$declared")
missing=$(comm -23 <(uniq <<<"$declared") <(uniq <<<"$exported"))
foreign=$(grep -v '^idi_' <<<"$exported" || true)
private=$(comm -13 <(uniq <<<"$declared") <(uniq <<<"$exported") | grep '^idi_' || true)
[ -z "$twice" ] || echo "declared twice:" $twice
[ -z "$missing" ] || echo "declared, but not exported:" $missing
[ -z "$foreign" ] || echo "exported without the prefix:" $foreign
[ -z "$private" ] || echo "exported, but in no public header:" $private
[ -z "$twice$missing$foreign$private" ]

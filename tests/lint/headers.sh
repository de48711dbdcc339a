#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C99, C11, C++11 and C++17, without a warning; and idinject.h
# has them all.
set -euo pipefail
cd "$1"
cc=${CC:-cc}
cxx=${CXX:-c++}
for compiler in "$cc" "$cxx"; do
    command -v "$compiler" >/dev/null || { echo "$compiler is missing"; exit 77; }
done

strict=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude)
bad=0
for header in include/idinject/*.h; do
    name=idinject/$(basename "$header")
    # Twice, so that the guard is tested too; a declaration after it, so that the unit is not empty.
    unit=$(printf '#include <%s>\n#include <%s>\nextern int idi_unit;\n' "$name" "$name")
    for std in c99 c11; do
        "$cc" -x c -std=$std -Wstrict-prototypes "${strict[@]}" - <<<"$unit" || { echo "$name: not $std"; bad=1; }
    done
    for std in c++11 c++17; do
        "$cxx" -x c++ -std=$std "${strict[@]}" - <<<"$unit" || { echo "$name: not $std"; bad=1; }
    done
    # Public headers include the system's and each other.
    if grep -nE '^#include "' "$header" | grep -v '"idinject/'; then
        echo "$name: includes a header that is not public"
        bad=1
    fi
    if [ "$name" != idinject/idinject.h ] && ! grep -qF "#include \"$name\"" include/idinject/idinject.h; then
        echo "idinject.h lacks $name"
        bad=1
    fi
done
exit $bad

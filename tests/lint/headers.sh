#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C99 and as C++11, without a warning; and idinject.h has
# them all.
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
    "$cc" -x c -std=c99 -Wstrict-prototypes "${strict[@]}" - <<<"$unit" || { echo "$name: not C99"; bad=1; }
    "$cxx" -x c++ -std=c++11 "${strict[@]}" - <<<"$unit" || { echo "$name: not C++11"; bad=1; }
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

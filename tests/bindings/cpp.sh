#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cpp.sh SOURCE_DIR BUILD_DIR - the C++ binding: the program at the top of idinject.hpp, the tests with
# exceptions and without, which make the picture that the program makes, and those of long calls.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

command -v "${CXX:-c++}" >/dev/null || { echo "no C++ compiler: skipped"; exit 77; }
binding=$source_dir/bindings/cpp
sanitize=$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")
flags="-std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
    -I $source_dir/include -I $binding ${sanitize:+-fsanitize=$sanitize -g}"
link="-L $build_dir -lidinject -Wl,-rpath,$build_dir"

sed -n '/^ \* *#include <idinject/,/^ \*     }$/p' "$binding/idinject/idinject.hpp" | sed -E 's/^ \*( {5})?//' >shown.cpp
${CXX:-c++} $flags "$source_dir/tests/bindings/exceptions.cpp" $link -o exceptions &
${CXX:-c++} $flags -fno-exceptions "$source_dir/tests/bindings/no_exceptions.cpp" $link -o no_exceptions
wait $! || fail "exceptions.cpp does not compile"
${CXX:-c++} $flags "$source_dir/tests/bindings/work.cpp" $link -o work &
${CXX:-c++} $flags shown.cpp $link -o shown
wait $! || fail "work.cpp does not compile"

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --size 64 --out who.png
ok generate --model generator.safetensors --recogniser recogniser.safetensors --mask where.png \
    --style how.png --identity who.png --out wanted.png
for test in exceptions no_exceptions; do
    rm -f face.png
    ./$test || fail "$test"
    same face.png wanted.png "$test"
done
./work || fail "work"
# The generator's file names no recogniser, and the program shown says so.
if ./shown 2>"$log/err"; then fail "shown: no recogniser, and yet no failure"; fi
grep -q 'recogniser' "$log/err" || fail "shown: the sentence does not name what is missing"

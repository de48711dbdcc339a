#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# first_image.sh SOURCE_DIR BUILD_DIR - the library as a stranger uses it: examples/01_first_image.c
# is compiled against the public headers and the shared library alone, as C99 and as C++, and makes
# the picture that the program makes. idinject.h and README.md show the same program.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

example=$source_dir/examples/01_first_image.c
tail -n +3 "$example" >program.c
sed -n '/^ \* *#include <idinject/,/^ \*     }$/p' "$source_dir/include/idinject/idinject.h" |
    sed -E 's/^ \*( {5})?//' >shown.c
same program.c shown.c "the program at the top of idinject.h"
awk '/^```c$/ { inside = 1; next } inside && /^```$/ { exit } inside' "$source_dir/README.md" >shown.c
same program.c shown.c "the first program in README.md"

command -v gcc >/dev/null && command -v g++ >/dev/null || { echo "no gcc and g++: skipped"; exit 77; }
sanitize=$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")
flags="-Wall -Wextra -Wpedantic -Werror -I $source_dir/include ${sanitize:+-fsanitize=$sanitize}"
link="-L $build_dir -lidinject -Wl,-rpath,$build_dir"
gcc -std=c99 $flags "$example" $link -o first_c
g++ -std=c++11 $flags -x c++ "$example" -x none $link -o first_cpp

# Without its files it fails with the library's sentence.
if ./first_c 2>"$log/err"; then fail "no files, and yet no failure"; fi
grep -q 'generator.safetensors' "$log/err" || fail "the sentence does not name the file"

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --size 64 --out who.png
ok generate --model generator.safetensors --recogniser recogniser.safetensors --mask where.png \
    --style how.png --identity who.png --out wanted.png
for language in c cpp; do
    ./first_$language || fail "first_$language fails"
    same face.png wanted.png "$language"
    rm face.png
done

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh SOURCE_DIR BUILD_DIR - every program in examples/ is short, compiles without a warning, runs,
# and writes what it says. (The first has tests/cli/first_image.sh; CUDA's is compiled where there is
# a toolkit, and runs on a GPU.)
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

command -v "${CC:-cc}" >/dev/null && command -v "${CXX:-c++}" >/dev/null || { echo "no compilers: skipped"; exit 77; }
examples=$source_dir/examples
sanitize=$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")
include="-I $source_dir/include -I $source_dir/bindings/cpp"
flags="-Wall -Wextra -Wpedantic -Werror $include ${sanitize:+-fsanitize=$sanitize -g}"
link="-L $build_dir -lidinject -Wl,-rpath,$build_dir"

for example in "$examples"/*.c "$examples"/*.cpp "$examples"/*.cu; do
    [ "$(wc -l <"$example")" -lt 80 ] || fail "$example: 80 lines or more"
done
compile() { # FILE COMPILER OPTIONS...
    local name
    name=$(basename "${1%.*}")
    "${@:2}" $flags "$1" $link -o "$name" || fail "$1 does not compile"
}
export -f compile fail
export flags link log
{
    for example in "$examples"/0[2-9]*.c; do echo "compile $example ${CC:-cc} -std=c11 -pthread"; done
    for example in "$examples"/0[2-9]*.cpp; do echo "compile $example ${CXX:-c++} -std=c++17"; done
} | xargs -P 2 -I{} bash -ec {}

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok portrait --identity 2 --size 64 --out who.png
runs() { # PROGRAM [ARGUMENTS] -- FILES: runs, and leaves the files
    local command=()
    while [ "$1" != -- ]; do command+=("$1"); shift; done
    shift
    "./${command[0]}" "${command[@]:1}" >"$log/out" 2>"$log/err" || fail "${command[0]}"
    [ ! -s "$log/err" ] || fail "${command[0]}: something on standard error"
    for file in "$@"; do [ -s "$file" ] || fail "${command[0]} did not write $file"; done
}
runs 02_swap_people -- look_0_who_0.png look_0_who_1.png look_1_who_0.png look_1_who_1.png
different look_0_who_0.png look_0_who_1.png
runs 03_identity_strength -- who.npy strength_0.png strength_50.png strength_100.png
ok generate --model generator.safetensors --recogniser recogniser.safetensors --mask where.png \
    --style how.png --identity who.png --out wanted.png
same strength_100.png wanted.png
runs 04_compare_faces how.png how.png who.png --
says "how.png                        1.0000"
runs 05_many_images -- many_0.png many_5.png
says "nobody.png"
says "5 made, 1 failed; 2 people encoded"
[ ! -e many_4.png ] || fail "a bad job left a file"
runs 06_memory --
says "blocks left: 0"
runs 07_service --
says "6 images"
runs 08_cpp -- swapped_0.png swapped_1.png
runs 09_own_recogniser -- own_recogniser.png
# Without their files they say which one is missing.
mv generator.safetensors hidden
for program in 0[2356789]_*; do
    if [ ! -x "$program" ]; then continue; fi
    if "./$program" >"$log/out" 2>"$log/err"; then fail "$program: no generator, and yet no failure"; fi
    cat "$log/out" "$log/err" | grep -q 'generator.safetensors' || [ "$program" = 06_memory ] || fail "$program does not name the file"
done

nvcc=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
[ -x "$nvcc" ] || { echo "no CUDA toolkit: 10_stream.cu is not compiled"; exit 0; }
"$nvcc" -std=c++17 --Werror all-warnings $include "$examples/10_stream.cu" -L "$build_dir" -lidinject -o 10_stream ||
    fail "10_stream.cu does not compile"

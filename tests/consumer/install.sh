#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh SOURCE_DIR BUILD_DIR - the library is installed, moved elsewhere, and used there by
# CMake's find_package and by pkg-config, shared and static. The man page is the program's help.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

skip() { echo "$*: skipped"; exit 77; }
[ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] ||
    skip "a build with sanitizers is not for installing"
for tool in cmake cc pkg-config readelf; do command -v "$tool" >/dev/null || skip "no $tool"; done
for file in libidinject.so libidinject.a idinject idinject.1; do
    [ -e "$build_dir/$file" ] || skip "$file is not built"
done
consumer=$source_dir/tests/consumer

cmake --install "$build_dir" --prefix "$scratch/first" >"$log/out" 2>"$log/err" || fail "cmake --install"
mv first second # relocatable, or what follows fails
prefix=$scratch/second
lib=$(dirname "$(find "$prefix" -name 'libidinject.so')")
if grep -rlF "$scratch/first" "$prefix"; then fail "an installed file names the folder that it was installed to"; fi
if grep -rlE "$source_dir|$build_dir" "$prefix" --include='*.cmake' --include='*.pc' --include='*.h'; then
    fail "an installed file names the source or build folder"
fi
readelf -d "$lib/libidinject.so" | grep -q 'SONAME.*\[libidinject\.so\.[0-9.]*\]' || fail "no SONAME"

# The program runs there, without a search path for libraries, and the page holds its help.
unset LD_LIBRARY_PATH
"$prefix/bin/idinject" version >version || fail "the installed program does not run"
if command -v man >/dev/null && [ -f "$prefix/share/man/man1/idinject.1" ]; then
    MANWIDTH=120 man --warnings -l "$prefix/share/man/man1/idinject.1" >page 2>"$log/err" || fail "man"
    [ ! -s "$log/err" ] || fail "the man page has mistakes"
    for command in $("$prefix/bin/idinject" help | awk '/^commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'); do
        grep -qE "^ +$command\b" page || fail "the man page lacks $command"
    done
fi

runs() { # PROGRAM LIBRARY|-: runs, and is linked with the shared library or not
    local words
    rm -f portrait.png recogniser.safetensors
    words=$("./$1") || fail "$1"
    [ "idinject ${words% *}" = "$(cat version)" ] || fail "$1 says '$words'"
    [ -s portrait.png ] && [ -s recogniser.safetensors ] || fail "$1 wrote nothing"
    readelf -d "$1" | grep NEEDED >needed
    if [ "$2" = - ]; then
        if grep -q libidinject needed; then fail "$1 needs the shared library"; fi
    else
        grep -q "$2" needed || fail "$1 does not need $2"
    fi
}

cmake_consumer() { # FOLDER OPTIONS...
    cmake -S "$consumer" -B "$1" -DCMAKE_PREFIX_PATH="$prefix" "${@:2}" >"$log/out" 2>"$log/err" &&
        cmake --build "$1" >>"$log/out" 2>>"$log/err" || { cat "$log/out"; fail "find_package: $*"; }
}
cmake_consumer both
runs both/by_cmake libidinject.so
runs both/by_cmake_static -
cmake_consumer static -DCONSUMER_STATIC_ALONE=ON
runs static/by_cmake -

export PKG_CONFIG_PATH=$lib/pkgconfig
[ "idinject $(pkg-config --modversion idinject)" = "$(cat version)" ] || fail "pkg-config's version"
strict="-std=c99 -Wall -Wextra -Wpedantic -Werror"
cc $strict "$consumer/portrait.c" $(pkg-config --cflags --libs idinject) \
    -Wl,-rpath,"$(pkg-config --variable=libdir idinject)" -o by_pkg_config
runs by_pkg_config libidinject.so
cc $strict "$consumer/portrait.c" $(pkg-config --static --cflags --libs idinject |
    sed 's/-lidinject\b/-l:libidinject.a/') -o by_pkg_config_static
runs by_pkg_config_static -

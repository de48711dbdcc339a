#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# package.sh SOURCE_DIR BUILD_DIR - the Debian package: made by cpack, unpacked, and its program run.
# Installing it needs root and is left out.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.bash"

skip() { echo "$*: skipped"; exit 77; }
[ -z "$(sed -n 's/^IDI_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt")" ] ||
    skip "a build with sanitizers is not for packages"
for tool in cpack dpkg-deb dpkg-shlibdeps; do command -v "$tool" >/dev/null || skip "no $tool"; done
[ -e "$build_dir/idinject.1" ] && [ -e "$build_dir/libidinject.a" ] || skip "not everything is built"

# cpack's own install step would build whatever is not built yet; this packs what there is.
cmake --install "$build_dir" --prefix "$scratch/staged/usr" >"$log/out" 2>"$log/err" || fail "cmake --install"
cpack -G DEB --config "$build_dir/CPackConfig.cmake" -B "$scratch/out" \
    -D CPACK_INSTALL_CMAKE_PROJECTS= -D "CPACK_INSTALLED_DIRECTORIES=$scratch/staged;/" \
    -D CPACK_DEBIAN_COMPRESSION_TYPE=none >"$log/out" 2>"$log/err" || { cat "$log/out"; fail "cpack"; }
package=$(echo out/*.deb)
version=$("$program" version)
dpkg-deb -f "$package" >fields
grep -qF "Version: ${version#idinject }" fields || fail "the package has another version than the program"
for needed in libopenblas libpng libjansson libc6; do
    grep '^Depends:' fields | grep -q "$needed" || fail "the package does not depend on $needed"
done
dpkg-deb -x "$package" root
[ "$(root/usr/bin/idinject version)" = "$version" ] || fail "the packed program does not run"
root/usr/bin/idinject portrait --identity 3 --size 64 --out face.png || fail "the packed program draws nothing"
for path in include/idinject/idinject.h lib/libidinject.so lib/libidinject.a lib/pkgconfig/idinject.pc \
    lib/cmake/idinject/idinject-config.cmake share/man/man1/idinject.1; do
    [ -e "root/usr/$path" ] || find root/usr -path "*/${path#*/}" | grep -q . || fail "the package lacks $path"
done

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every convolution and attention of the shipped architectures that goes to cuDNN has an engine on an
# H200. Needs cuDNN and the toolkit's stub of the driver library, no GPU; skips without.
set -euo pipefail
source=$1 build=$2 include=$3 extent=${4:-}
program=$build/cudnn_plans
cc=${CC:-cc}
[ -x "$program" ] || { echo "$program is not built"; exit 77; }
ldconfig -p | grep libcudnn.so.9 >/dev/null || { echo "libcudnn.so.9 is missing"; exit 77; }
command -v nm "$cc" >/dev/null || { echo "nm or a C compiler is missing"; exit 77; }
stub=
for folder in "$include"/../lib64/stubs "$include"/../lib/stubs; do
    [ -e "$folder/libcuda.so" ] && stub=$folder/libcuda.so
done
[ -n "$stub" ] || { echo "the toolkit's stub of libcuda.so is missing"; exit 77; }

# driver.c, and for every other function of the driver one that answers as the stub does.
driver=$build/scratch/driver
mkdir -p "$driver"
"$cc" -std=c17 -O1 -fPIC -c -isystem "$include" -o "$driver/driver.o" "$source/tests/cudnn/driver.c"
own=$(nm --defined-only "$driver/driver.o" | awk '$2 == "T" {print $3}')
nm -D --defined-only "$stub" | awk '$2 == "T" && $3 ~ /^cu/ {print $3}' | sort -u |
    grep -vxF "$own" | sed 's/.*/int &(void); int &(void) { return 34; }/' >"$driver/rest.c"
"$cc" -std=c17 -O1 -fPIC -shared -Wl,-soname,libcuda.so.1 -o "$driver/libcuda.so.1" \
    "$driver/driver.o" "$driver/rest.c"
# All lines go to a file; what matters of them is said here.
list=$build/scratch/plans.txt
LD_LIBRARY_PATH=$driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
    "$program" "$source/tests/fixtures/cudnn/h200_deviceprop.json" $extent >"$list" || {
    echo "$program: exit code $?; of $(wc -l <"$list") lines in $list, those without an engine, and the last:"
    grep 'NO ENGINE' "$list" || true
    tail -n 1 "$list"
    exit 1
}
tail -n 1 "$list"

# The description that cuDNN gives back is the one it got: what a recording on a device relies on.
recorded=$build/scratch/deviceprop.json
LD_LIBRARY_PATH=$driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
    "$build/describe_device" "$recorded" "$source/tests/fixtures/cudnn/h200_deviceprop.json"
grep -q '"multiProcessorCount": 132' "$recorded" || { echo "the description came back wrong"; exit 1; }

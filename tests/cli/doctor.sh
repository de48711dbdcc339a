#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# doctor.sh SOURCE_DIR BUILD_DIR - `idinject doctor` tells of this machine, runs models, and fails with
# the library's sentence where one does not run.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

export ASAN_OPTIONS=detect_leaks=0 # NVIDIA's libraries, which it loads, keep memory
tiny_models
ok doctor --device cpu
for words in "library      ok" "host         ok" "driver " "cuBLASLt " "cuDNN " "cpu          ok" "in use       ok  cpu"; do
    says "$words"
done
! grep -q '^model' "$log/out" || fail "a model that was not asked for"
ok doctor --device cpu --model generator.safetensors
says "model        ok  ca2sis-id"
says "the file names none"
says "an image, all of it finite"
ok doctor --device cpu --model recogniser.safetensors
says "an embedding"

# A file that names its recogniser, there and not there.
python3 - <<'PYTHON' || { echo "no python3: the rest is skipped"; exit 0; }
import json, struct
raw = open("generator.safetensors", "rb").read()
size = struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8:8 + size])
header["__metadata__"]["idinject.recogniser"] = "other.safetensors"
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
open("named.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + raw[8 + size:])
PYTHON
ok doctor --device cpu --model named.safetensors
grep -q '^recogniser   NO .*other.safetensors' "$log/out" || fail "the missing recogniser is not told of"
cp recogniser.safetensors other.safetensors
ok doctor --device cpu --model named.safetensors
says "recogniser   ok  other.safetensors"

fails() { # WORDS ARGUMENTS...
    run "${@:2}"
    [ "$rc" -eq 1 ] || fail "exit code $rc, want 1, of: idinject ${*:2}"
    one_sentence "$1"
}
fails "missing.safetensors" doctor --device cpu --model missing.safetensors
head -c 5000 generator.safetensors >short.safetensors
fails "short.safetensors" doctor --device cpu --model short.safetensors
fails "limit" doctor --device cpu --model generator.safetensors --memory-limit 100K

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pth_to_safetensors.sh SOURCE_DIR BUILD_DIR - the converter on files made with Python's pickle
# alone (no PyTorch needed): both formats come out right, and a pickle that would run something is
# refused.
set -euo pipefail
command -v python3 >/dev/null || { echo "python3 is not installed: skipped"; exit 77; }
script=$1/bindings/python/pth_to_safetensors.py
scratch=$2/scratch/pth
rm -rf "$scratch"
mkdir -p "$scratch"
export PYTHONDONTWRITEBYTECODE=1

python3 - "$scratch" <<'PYTHON'
import collections, io, os, pickle, struct, sys, types, zipfile

scratch = sys.argv[1]
# Modules that pickle can name as PyTorch's.
utils = types.ModuleType("torch._utils")
torch = types.ModuleType("torch")
sys.modules.update({"torch": torch, "torch._utils": utils})


def _rebuild_tensor_v2(*arguments):
    raise AssertionError("only named, never called")


_rebuild_tensor_v2.__module__ = "torch._utils"
_rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
for name in ("FloatStorage", "LongStorage"):
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


class Storage:
    def __init__(self, kind, key, count):
        self.kind, self.key, self.count = kind, key, count


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class Evil:
    def __reduce__(self):
        return os.system, ("touch " + os.path.join(scratch, "was_run"),)


def pickled(value, view=()):
    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Storage):
                return ("storage", getattr(torch, thing.kind), thing.key, "cpu", thing.count) + view
    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump(value)
    return stream.getvalue()


def save_zip(name, value, storages):
    with zipfile.ZipFile(os.path.join(scratch, name), "w") as archive:
        archive.writestr("archive/data.pkl", pickled(value))
        for key, data in storages.items():
            archive.writestr("archive/data/" + key, data)


def save_legacy(name, value, storages, bytes_of):
    with open(os.path.join(scratch, name), "wb") as stream:
        for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            stream.write(pickle.dumps(head, protocol=2))
        stream.write(pickled(value, (None,)) + pickle.dumps(list(storages), protocol=2))
        for key, data in storages.items():
            stream.write(struct.pack("<q", len(data) // bytes_of[key]) + data)


floats = Storage("FloatStorage", "0", 6)
step = Storage("LongStorage", "1", 1)
data = {"0": struct.pack("<6f", *range(6)), "1": struct.pack("<q", 7)}
state = collections.OrderedDict()
state["a.weight"] = Tensor(floats, 0, (2, 3), (3, 1))
state["a.transposed"] = Tensor(floats, 0, (3, 2), (1, 3))
state["a.tail"] = Tensor(floats, 4, (2,), (1,))
state["a.num_batches_tracked"] = Tensor(step, 0, (), ())
save_zip("plain.pth", state, data)
save_legacy("legacy.pth", state, data, {"0": 4, "1": 8})
save_zip("nested.pth", {"epoch": 3, "state_dict": state, "extra": {"x": state}}, data)
save_zip("two.pth", {"first": state, "second": state}, data)
save_zip("none.pth", {"epoch": 3}, {})
save_zip("evil.pth", {"a": Evil(), "b": state}, data)
save_legacy("evil_legacy.pth", {"a": Evil()}, {}, {})
with open(os.path.join(scratch, "evil_first.pth"), "wb") as stream:
    stream.write(pickle.dumps(Evil(), protocol=2))
save_zip("beyond.pth", {"a": Tensor(floats, 1, (2, 3), (3, 1))}, data)
save_zip("repeats.pth", {"a": Tensor(floats, 0, (1000, 1000), (0, 0))}, data)
save_zip("negative.pth", {"a": Tensor(floats, 0, (2, 3), (-3, 1))}, data)
save_zip("name.pth", {"a\n": Tensor(floats, 0, (6,), (1,))}, data)
save_zip("lost.pth", state, {"0": data["0"]})
save_zip("short.pth", state, {"0": data["0"][:-1], "1": data["1"]})
with open(os.path.join(scratch, "cut.pth"), "wb") as stream:
    stream.write(open(os.path.join(scratch, "legacy.pth"), "rb").read()[:-3])
with open(os.path.join(scratch, "text.pth"), "w") as stream:
    stream.write("not a pickle")
PYTHON

fail() { echo "FAILED: $*"; exit 1; }

check() { # FILE [OPTIONS]: converts and compares
    python3 "$script" "$scratch/$1" "$scratch/out.safetensors" "${@:2}" || fail "$1"
    python3 - "$scratch/out.safetensors" <<'PYTHON' || fail "$1: wrong content"
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
size = struct.unpack("<Q", raw[:8])[0]
header, data = json.loads(raw[8:8 + size]), raw[8 + size:]
assert size % 8 == 0
metadata = header.pop("__metadata__", {})
assert metadata in ({}, {"idinject.licence": "CC0"}), metadata
want = {"a.num_batches_tracked": ("I64", [], struct.pack("<q", 7)),
        "a.tail": ("F32", [2], struct.pack("<2f", 4, 5)),
        "a.transposed": ("F32", [3, 2], struct.pack("<6f", 0, 3, 1, 4, 2, 5)),
        "a.weight": ("F32", [2, 3], struct.pack("<6f", *range(6)))}
assert list(header) == list(want), list(header)
at = 0
for name, (dtype, shape, values) in want.items():
    entry = header[name]
    begin, end = entry["data_offsets"]
    assert (entry["dtype"], entry["shape"], begin) == (dtype, shape, at), (name, entry)
    assert data[begin:end] == values, name
    at = end
assert at == len(data)
PYTHON
    rm "$scratch/out.safetensors"
}

refuse() { # FILE WORDS [OPTIONS]: one sentence with these words, and no file
    local said
    if said=$(python3 "$script" "$scratch/$1" "$scratch/out.safetensors" "${@:3}" 2>&1); then
        fail "$1 was accepted"
    fi
    [[ $said == *"$2"* ]] || fail "$1: '$said' lacks '$2'"
    [[ $said == "$scratch/$1: "* && $said != *$'\n'* ]] || fail "$1: not one sentence: $said"
    [[ -z $(ls "$scratch" | grep '^out') ]] || fail "$1 left a file"
}

check plain.pth
check plain.pth --licence CC0
check legacy.pth
check nested.pth
check nested.pth --key state_dict
check nested.pth --key extra.x
check two.pth --key second

refuse evil.pth "'posix'.'system'"
refuse evil_legacy.pth "'posix'.'system'"
refuse evil_first.pth "'posix'.'system'"
[[ ! -e $scratch/was_run ]] || fail "a pickle's command was run"
refuse two.pth "choose one with --key: first, second"
refuse nested.pth "no key 'stat'" --key stat
refuse nested.pth "holds no tensors" --key extra
refuse none.pth "holds no tensors; there is epoch"
refuse beyond.pth "'a' reads beyond its storage"
refuse repeats.pth "'a' repeats its elements"
refuse negative.pth "impossible shape"
refuse name.pth "control characters"
refuse lost.pth "archive/data/1: missing"
refuse short.pth "storage '0' has 23 bytes, want 24"
refuse cut.pth "is cut short"
refuse text.pth "neither PyTorch's zip format nor"
refuse absent.pth "No such file"
echo "all conversions are right"

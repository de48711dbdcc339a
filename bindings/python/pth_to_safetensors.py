#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a PyTorch state dictionary (.pth, .pt) into a safetensors file, without PyTorch.

A .pth file is a pickle, and unpickling runs whatever the pickle names. This program unpickles
nothing but tensors and plain values: every global that a pickle names is looked up in the short
table ALLOWED below, whose entries describe a tensor and do nothing else; any other is refused.

Reads the zip format (PyTorch 1.6 and later) and the format before it. Needs the standard library
only, Python 3.7 or later.

    pth_to_safetensors.py latest_net_G.pth generator.safetensors
    pth_to_safetensors.py checkpoint.pt backbone.safetensors --key state_dict_backbone
"""

import argparse
import io
import json
import os
import pickle
import struct
import sys
import zipfile
import zlib

MAX_PICKLE_BYTES = 256 << 20  # a state dictionary's pickle holds names, not weights
MAX_NAME_BYTES = 1024
MAX_RANK = 8
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

# torch class -> (safetensors type, bytes of an element)
STORAGES = {
    "FloatStorage": ("F32", 4), "DoubleStorage": ("F64", 8), "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2), "LongStorage": ("I64", 8), "IntStorage": ("I32", 4),
    "ShortStorage": ("I16", 2), "CharStorage": ("I8", 1), "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
}
# Where a checkpoint keeps its state dictionary, in the order of preference.
WELL_KNOWN_KEYS = ("state_dict", "model_state_dict", "state_dict_backbone", "model", "netG", "net",
                   "generator", "params_ema", "params")


class ConversionError(Exception):
    """A sentence for the user."""


# --- what a pickle may build ----------------------------------------------------------------------


class Storage:
    """A storage as the pickle names it; its bytes are read when they are needed."""

    __slots__ = ("dtype", "element_bytes", "key", "count")

    def __init__(self, dtype, element_bytes, key, count):
        self.dtype, self.element_bytes, self.key, self.count = dtype, element_bytes, key, count


class Tensor:
    """A view of a storage: shape and strides in elements."""

    __slots__ = ("storage", "offset", "shape", "strides")

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def __setstate__(self, state):  # attributes of subclasses: not part of the weights
        pass


class Inert:
    """Something beside the weights: takes any arguments and keeps nothing."""

    __slots__ = ()

    def __new__(cls, *_):
        return object.__new__(cls)

    def __setstate__(self, state):
        pass


class Dict(dict):
    """Stands for OrderedDict; attributes such as _metadata are not part of the weights."""

    __slots__ = ()

    def __setstate__(self, state):
        pass


class Stub:
    """A global that a pickle may name: calling it gives what `make` gives."""

    __slots__ = ("name", "make")

    def __init__(self, name, make):
        self.name, self.make = name, make

    def __call__(self, *arguments):
        return self.make(*arguments)

    def __setstate__(self, state):
        raise ConversionError(f"the pickle tries to change {self.name}")


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


def rebuild_tensor(storage, offset, shape, strides, *_):
    shape, strides = tuple(shape), tuple(strides)
    if not isinstance(storage, Storage):
        raise ConversionError("a tensor of the pickle has no storage")
    if not all(map(is_count, (offset, *shape, *strides))) or len(shape) != len(strides):
        raise ConversionError("a tensor of the pickle has an impossible shape")
    return Tensor(storage, offset, shape, strides)


def allow():
    makers = {
        ("collections", "OrderedDict"): Dict,
        ("torch._utils", "_rebuild_tensor"): rebuild_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
        ("torch", "Size"): lambda values=(): tuple(values),
        ("torch", "device"): Inert,
        # NumPy's numbers, which trainers put beside the weights.
        ("numpy.core.multiarray", "scalar"): Inert,
        ("numpy._core.multiarray", "scalar"): Inert,
        ("numpy", "dtype"): Inert,
        ("_codecs", "encode"): Inert,
    }
    table = {place: Stub(".".join(place), make) for place, make in makers.items()}
    for name in STORAGES:
        table["torch", name] = Stub(name, Inert)
    table["argparse", "Namespace"] = Inert  # pickles make it without a call
    return table


ALLOWED = allow()


class TensorUnpickler(pickle.Unpickler):
    """Builds plain values, Storage and Tensor; refuses the rest by name."""

    def find_class(self, module, name):
        found = ALLOWED.get((module, name))
        if found is None:
            raise ConversionError(
                f"the pickle asks for {str(module)[:60]!r}.{str(name)[:60]!r}, which has no place "
                "in a state dictionary; nothing was run")
        return found

    def persistent_load(self, pid):
        if isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage":
            kind, key, count, view = pid[1], pid[2], pid[4], (pid[5:] or (None,))[0]
            name = kind.name if isinstance(kind, Stub) else None
            if name in STORAGES and isinstance(key, str) and is_count(count) and view is None:
                return Storage(*STORAGES[name], key, count)
        raise ConversionError(f"the pickle has a storage that is not read: {str(pid)[:80]!r}")


def unpickle(stream, what):
    try:
        return TensorUnpickler(stream, encoding="latin1").load()
    except ConversionError:
        raise
    except MemoryError:
        raise ConversionError(f"{what}: asks for more memory than there is") from None
    except RecursionError:
        raise ConversionError(f"{what}: nests too deeply") from None
    except Exception as error:  # a damaged pickle may fail in any way
        raise ConversionError(f"{what}: not a readable pickle ({error})") from None


# --- the two file formats -------------------------------------------------------------------------


# What the zip reader raises on a damaged file.
DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
           OverflowError, IndexError, zlib.error, struct.error)


class ZipFormat:
    """<name>/data.pkl and one stored entry <name>/data/<key> a storage."""

    def __init__(self, path):
        try:
            self.archive = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise ConversionError(f"a damaged zip file ({error})") from None
        pickles = [n for n in self.archive.namelist() if n == "data.pkl" or n.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise ConversionError("a zip file, but not PyTorch's: want one data.pkl, "
                                  f"found {len(pickles)}")
        self.folder = pickles[0][:-len("data.pkl")]
        if self.folder + "constants.pkl" in self.archive.namelist():
            raise ConversionError("a TorchScript program, not a state dictionary; save "
                                  "model.state_dict() instead")
        if self.folder + "byteorder" in self.archive.namelist() and \
                self.read(self.folder + "byteorder", 16) != b"little":
            raise ConversionError("was written on a big-endian machine, which is not read")
        self.pickle_name = pickles[0]

    def read(self, name, limit):
        try:
            info = self.archive.getinfo(name)
            if info.file_size > limit:
                raise ConversionError(f"{name}: {info.file_size} bytes, want at most {limit}")
            return self.archive.read(info)
        except KeyError:
            raise ConversionError(f"{name}: missing in the file") from None
        except DAMAGED as error:
            raise ConversionError(f"{name}: damaged ({error})") from None

    def load(self):
        return unpickle(io.BytesIO(self.read(self.pickle_name, MAX_PICKLE_BYTES)), "data.pkl")

    def storage_bytes(self, storage):
        wanted = storage.count * storage.element_bytes
        data = self.read(f"{self.folder}data/{storage.key}", wanted)
        if len(data) != wanted:
            raise ConversionError(f"storage {storage.key!r} has {len(data)} bytes, want {wanted}")
        return data


def read_exactly(stream, size):
    data = stream.read(size)
    if len(data) != size:
        raise ConversionError(f"is cut short: {len(data)} bytes where {size} were announced")
    return data


class LegacyFormat:
    """Pickles of a magic number, a version, the machine, the object and the storages' keys, and
    then the storages: a count of 8 bytes and the elements each."""

    def __init__(self, stream):
        self.stream = stream
        self.keys = []
        self.places = {}
        self.data_at = 0

    def load(self):
        self.stream.seek(0)
        if unpickle(self.stream, "head") != LEGACY_MAGIC:
            raise ConversionError("a pickle, but not one of PyTorch's state dictionaries")
        if unpickle(self.stream, "version") != LEGACY_PROTOCOL:
            raise ConversionError("a PyTorch file of an unknown version")
        machine = unpickle(self.stream, "machine")
        if not isinstance(machine, dict) or machine.get("little_endian") is not True:
            raise ConversionError("was written on a big-endian machine, which is not read")
        value = unpickle(self.stream, "state dictionary")
        self.keys = unpickle(self.stream, "storage list")
        if not isinstance(self.keys, list) or not all(isinstance(k, str) for k in self.keys):
            raise ConversionError("the list of storages is damaged")
        self.data_at = self.stream.tell()
        return value

    def find_places(self, storages):
        """Storages lie one after another; the width of each is known from the pickle."""
        end = self.stream.seek(0, os.SEEK_END)
        at = self.data_at
        for key in self.keys:
            storage = storages.get(key)
            self.stream.seek(at)
            head = self.stream.read(8)
            if storage is None or len(head) != 8:
                raise ConversionError(f"storage {str(key)[:40]!r} is damaged or belongs to nothing")
            count = struct.unpack("<q", head)[0]
            if count != storage.count or at + 8 + count * storage.element_bytes > end:
                raise ConversionError(f"storage {str(key)[:40]!r} is cut short or damaged")
            self.places[key] = at + 8
            at += 8 + count * storage.element_bytes

    def storage_bytes(self, storage):
        if storage.key not in self.places:
            raise ConversionError(f"storage {storage.key!r} is missing in the file")
        self.stream.seek(self.places[storage.key])
        return read_exactly(self.stream, storage.count * storage.element_bytes)


def open_source(stream, path):
    head = stream.read(4)
    if head == b"PK\x03\x04":
        return ZipFormat(path)
    if head[:1] != b"\x80":
        raise ConversionError("neither PyTorch's zip format nor the format before it")
    return LegacyFormat(stream)


def collect_storages(value):
    """All storages that the unpickled value names, by key."""
    storages, seen, waiting = {}, set(), [value]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Tensor):
            storages.setdefault(value.storage.key, value.storage)
        elif isinstance(value, Storage):
            storages.setdefault(value.key, value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
    return storages


# --- from a checkpoint to named tensors -----------------------------------------------------------


def holds_tensors(value):
    return isinstance(value, dict) and any(isinstance(v, Tensor) for v in value.values())


def list_keys(value):
    keys = [str(key) for key in value][:12] if isinstance(value, dict) else []
    return ", ".join(keys) if keys else "nothing"


def enter_key(value, path):
    if isinstance(value, dict) and path in value:  # a key that has dots of its own
        return value[path]
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            raise ConversionError(f"no key {part!r} of --key {path!r}; there is {list_keys(value)}")
        value = value[part]
    return value


def find_state_dict(value, key):
    if key is not None:
        value = enter_key(value, key)
        if not holds_tensors(value):
            raise ConversionError(f"--key {key!r} holds no tensors; there is {list_keys(value)}")
        return value, key
    if holds_tensors(value):
        return value, None
    candidates = [k for k in value if holds_tensors(value[k])] if isinstance(value, dict) else []
    known = [k for k in WELL_KNOWN_KEYS if k in candidates]
    if known or len(candidates) == 1:
        chosen = (known or candidates)[0]
        return value[chosen], chosen
    if candidates:
        raise ConversionError("holds several state dictionaries; choose one with --key: "
                              + ", ".join(map(str, candidates)))
    raise ConversionError(f"holds no tensors; there is {list_keys(value)}")


def check_name(name):
    if not isinstance(name, str) or not name or name == "__metadata__":
        raise ConversionError(f"a tensor has the impossible name {str(name)[:60]!r}")
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise ConversionError(f"tensor {name[:60]!r}: the name is not valid UTF-8") from None
    if size > MAX_NAME_BYTES or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in name):
        raise ConversionError(f"tensor {name[:60]!r}: the name is too long or has control "
                              "characters")


def element_count(shape):
    count = 1
    for dim in shape:
        count *= dim
    return count


def check_tensor(name, tensor):
    check_name(name)
    if len(tensor.shape) > MAX_RANK:
        raise ConversionError(f"tensor {name!r} has {len(tensor.shape)} dimensions, want at most "
                              f"{MAX_RANK}")
    if element_count(tensor.shape) == 0:
        return
    last = tensor.offset + sum((d - 1) * s for d, s in zip(tensor.shape, tensor.strides))
    if last >= tensor.storage.count:
        raise ConversionError(f"tensor {name!r} reads beyond its storage of "
                              f"{tensor.storage.count} elements")
    # Strides of 0 repeat elements: a small file must not become a huge one.
    if element_count(tensor.shape) > tensor.storage.count:
        raise ConversionError(f"tensor {name!r} repeats its elements, which weights do not")


def tensor_bytes(source, tensor):
    """The elements in row-major order, whatever the strides."""
    if element_count(tensor.shape) == 0:
        return b""
    data = source.storage_bytes(tensor.storage)
    dims = list(zip(tensor.shape, tensor.strides))
    run = 1  # elements that lie together
    while dims and (dims[-1][0] == 1 or dims[-1][1] == run):
        run *= dims.pop()[0]
    starts = [tensor.offset]
    for dim, stride in dims:
        starts = [start + i * stride for start in starts for i in range(dim)]
    size = tensor.storage.element_bytes
    return b"".join(data[start * size:(start + run) * size] for start in starts)


# --- writing --------------------------------------------------------------------------------------


def make_header(order, metadata):
    header, at = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in order:
        size = element_count(tensor.shape) * tensor.storage.element_bytes
        header[name] = {"dtype": tensor.storage.dtype, "shape": list(tensor.shape),
                        "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    return text + b" " * (-len(text) % 8)


def write_safetensors(source, tensors, path, metadata):
    """The file appears under its name when it is complete."""
    order = sorted(tensors.items(),
                   key=lambda item: (-item[1].storage.element_bytes, item[0].encode("utf-8")))
    header = make_header(order, metadata)
    part = f"{path}.part-{os.getpid()}"
    with open(part, "xb") as stream:
        try:
            stream.write(struct.pack("<Q", len(header)) + header)
            for _, tensor in order:
                stream.write(tensor_bytes(source, tensor))
            stream.close()  # a full disk may show only here
            os.replace(part, path)
        except BaseException:
            os.unlink(part)
            raise


def convert(source_path, target_path, key, metadata):
    with open(source_path, "rb") as stream:
        source = open_source(stream, source_path)
        value = source.load()
        if isinstance(source, LegacyFormat):
            source.find_places(collect_storages(value))
        state, chosen = find_state_dict(value, key)
        tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
        skipped = [str(name) for name in state if name not in tensors]
        for name, tensor in tensors.items():
            check_tensor(name, tensor)
        write_safetensors(source, tensors, target_path, metadata)
    return len(tensors), chosen, skipped


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Turns a PyTorch state dictionary into a safetensors file, without running "
                    "anything that the file asks for.")
    parser.add_argument("source", help="the .pth or .pt file")
    parser.add_argument("target", help="the .safetensors file to be written")
    parser.add_argument("--key", help="the state dictionary's place in a checkpoint that holds "
                                      "more, such as state_dict or model.netG")
    parser.add_argument("--licence", help="the weights' licence, kept in the file")
    parser.add_argument("--training-data",
                        help="what the weights were trained on, kept in the file")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    metadata = {}
    if arguments.licence:
        metadata["idinject.licence"] = arguments.licence
    if arguments.training_data:
        metadata["idinject.training_data"] = arguments.training_data
    try:
        count, chosen, skipped = convert(arguments.source, arguments.target, arguments.key,
                                         metadata)
    except ConversionError as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or arguments.target}: {error.strerror or error}", file=sys.stderr)
        return 1
    place = f" from key {chosen!r}" if chosen is not None else ""
    print(f"{arguments.target}: {count} tensors{place}")
    if skipped:
        print(f"left out, not tensors: {', '.join(skipped[:12])}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

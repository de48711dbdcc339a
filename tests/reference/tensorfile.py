# SPDX-License-Identifier: Apache-2.0
"""Writing and reading safetensors, as little as the fixtures need."""
import json
import struct

import numpy as np

NAMES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1"}


def write(path, tensors, metadata):
    """tensors: name -> array; metadata: name -> string. Names sorted, data without gaps."""
    header = {"__metadata__": metadata}
    blobs = []
    offset = 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        dtype = {"f8": "F64", "f4": "F32", "u1": "U8"}[array.dtype.str[1:]]
        blobs.append(array.tobytes())
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(blobs[-1])]}
        offset += len(blobs[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    """(tensors, metadata); the arrays are views of a memory map."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    size = struct.unpack("<Q", data[:8].tobytes())[0]
    header = json.loads(data[8:8 + size].tobytes())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + at for at in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            wide = data[begin:end].view("<u2").astype(np.uint32) << np.uint32(16)
            array = wide.view(np.float32)
        else:
            array = data[begin:end].view(NAMES[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"])
    return tensors, metadata

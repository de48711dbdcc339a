# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays and DLPack tensors as pointers, without copies where the layout allows."""

import ctypes
from ctypes import byref, c_char_p, c_void_p

import numpy as np

from . import _structs as s
from ._library import Error, Status, lib

_CPU, _CUDA, _PINNED, _MANAGED = 1, 2, 3, 13  # kDLCPU, kDLCUDA, kDLCUDAHost, kDLCUDAManaged
_TYPES = {(0, 8): "int8", (0, 16): "int16", (0, 32): "int32", (0, 64): "int64", (1, 8): "uint8",
          (1, 16): "uint16", (1, 32): "uint32", (1, 64): "uint64", (2, 32): "float32",
          (2, 64): "float64", (6, 8): "bool"}

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, c_char_p]


def _dense_strides(shape, size):
    strides = []
    for length in reversed(shape):
        strides.insert(0, size)
        size *= length
    return strides


class Memory:
    """Where a tensor lies. `owner` keeps it there."""

    def __init__(self, pointer, shape, dtype, strides, is_device, owner):
        self.pointer, self.shape, self.dtype = pointer, tuple(shape), np.dtype(dtype)
        self.strides, self.is_device, self.owner = strides, is_device, owner

    def is_contiguous(self):
        dense = _dense_strides(self.shape, self.dtype.itemsize)
        return all(n == 1 or have == want for n, have, want in zip(self.shape, self.strides, dense))

    def array(self):
        """The same memory as a NumPy array; of the host's alone."""
        size = self.dtype.itemsize + sum((n - 1) * st for n, st in zip(self.shape, self.strides))
        buffer = (ctypes.c_char * size).from_address(self.pointer)
        buffer.owner = self.owner  # the array keeps the buffer, and the buffer this
        return np.ndarray(self.shape, self.dtype, buffer, strides=self.strides)


def of_dlpack(tensor, stream=None):
    """Reads a tensor's own description. The capsule is not taken over: it is kept, and gives the
    tensor back when it goes."""
    device = tensor.__dlpack_device__()[0]
    is_device = device in (_CUDA, _MANAGED)
    if not is_device and device not in (_CPU, _PINNED):
        raise Error(f"a tensor lies on DLPack device type {device}, want the CPU or CUDA", Status.DEVICE)
    # In the protocol 1 is the legacy default stream, which is 0 to CUDA.
    capsule = tensor.__dlpack__(stream=stream or 1) if is_device else tensor.__dlpack__()
    t = s.DLTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    name = _TYPES.get((t.code, t.bits))
    if name is None or t.lanes != 1:
        raise Error(f"a tensor has DLPack type {t.code} of {t.bits} bits, which is not taken", Status.ARG)
    shape = [t.shape[i] for i in range(t.ndim)]
    size = np.dtype(name).itemsize
    strides = [t.strides[i] * size for i in range(t.ndim)] if t.strides else _dense_strides(shape, size)
    return Memory((t.data or 0) + t.byte_offset, shape, name, strides, is_device, (capsule, tensor))


def memory(x, stream=None):
    """Of a NumPy array, a DLPack tensor, or something with __cuda_array_interface__."""
    if not isinstance(x, np.ndarray):
        if hasattr(x, "__dlpack__"):
            return of_dlpack(x, stream)
        interface = getattr(x, "__cuda_array_interface__", None)
        if interface is not None:
            dtype = np.dtype(interface["typestr"])
            shape = interface["shape"]
            strides = interface.get("strides") or _dense_strides(shape, dtype.itemsize)
            return Memory(interface["data"][0], shape, dtype, strides, True, x)
        x = np.asarray(x)
    return Memory(x.ctypes.data, x.shape, x.dtype, x.strides, False, x)


def host(x):
    """A NumPy array of what lies on the host, without a copy."""
    if isinstance(x, np.ndarray):
        return x
    found = memory(x)
    if found.is_device:
        raise Error("a tensor lies on a GPU: only Session.enqueue() takes it from there", Status.DEVICE)
    return found.owner if isinstance(found.owner, np.ndarray) else found.array()


def bytes_array(x, what):
    """uint8, contiguous; whole numbers of other types are converted if they fit."""
    array = host(x)
    if array.dtype != np.uint8:
        if array.dtype.kind not in "iub":
            raise Error(f"{what}: have {array.dtype}, want uint8", Status.ARG)
        if array.size and (array.min() < 0 or array.max() > 255):
            raise Error(f"{what}: numbers from {array.min()} to {array.max()}, want 0 to 255", Status.LABELS)
        array = array.astype(np.uint8)
    return np.ascontiguousarray(array)


def floats_array(x):
    return np.ascontiguousarray(host(x), dtype=np.float32)


def writable(x, dtype, shape, what):
    """The caller's memory for a result, as it is."""
    found = memory(x)
    if found.is_device:
        raise Error(f"{what} lies on a GPU: only Session.enqueue() writes there", Status.DEVICE)
    expect(found, dtype, shape, what)
    if isinstance(x, np.ndarray) and not x.flags.writeable:
        raise Error(f"{what} is read-only", Status.ARG)
    return found


def expect(found, dtype, shape, what):
    if found.dtype != dtype or found.shape != tuple(shape) or not found.is_contiguous():
        raise Error(f"{what}: have {found.dtype} of {list(found.shape)}"
                    f"{'' if found.is_contiguous() else ', with gaps'}; want {np.dtype(dtype)} of "
                    f"{list(shape)} without gaps", Status.SHAPE)


def bitmap(array):
    """A struct around an array's memory, which has to live as long."""
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3):
        raise Error(f"a picture has shape {list(array.shape)}, want [H, W, 3] or [H, W]", Status.SHAPE)
    return s.Bitmap(array.ctypes.data, array.shape[1], array.shape[0], channels)


def copy_bitmap(pointer):
    """A copy of a picture that stays an object's of the library."""
    raw = pointer.contents
    data = ctypes.cast(raw.data, ctypes.POINTER(ctypes.c_uint8))
    return np.ctypeslib.as_array(data, (raw.height, raw.width, raw.channels)).copy()


def take_bitmap(context, raw):
    """A copy of a picture that the library made, which is freed."""
    try:
        shape = (raw.height, raw.width) + ((3,) if raw.channels == 3 else ())
        buffer = (ctypes.c_uint8 * (raw.width * raw.height * raw.channels)).from_address(raw.data)
        return np.frombuffer(buffer, np.uint8).reshape(shape).copy()
    finally:
        lib.idi_bitmap_free(context, byref(raw))

# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/data: small pictures of every kind and what Pillow and NumPy make of them.

    python tests/reference/data_fixtures.py tests/fixtures/data     (needs pillow and numpy)

PNG files are written bit by bit below, because Pillow writes neither interlaced nor 2-bit gray nor
16-bit colour files. The expected pixels come from the samples that went in, not from a decoder.
"""
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

W, H = 11, 9
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(rows, depth):
    out = b""
    for row in rows:
        bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
        bits += "0" * (-len(bits) % 8)
        out += b"\0" + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return out


def png(samples, depth, colour, interlaced=False, palette=None, transparent=None):
    h, w, _ = samples.shape
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    data = b"".join(pack(p, depth) for p in passes if p.size)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlaced)))
    if palette is not None:
        out += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if transparent is not None:
        out += chunk(b"tRNS", transparent)
    return out + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def samples_for(channels, depth):
    y, x, c = np.meshgrid(np.arange(H), np.arange(W), np.arange(channels), indexing="ij")
    return (x * 5003 + y * 7919 + c * 1237 + x * y * 31) % (1 << depth)


def to8(v, depth):
    return np.floor(v * 255.0 / ((1 << depth) - 1) + 0.5).astype(int)


def over_black(colour, alpha):
    return np.floor(colour * alpha / 255.0 + 0.5).astype(int)


def expected(samples, depth, colour, palette, alphas):
    if colour == PALETTE:
        index = samples[..., 0]
        rgb = palette[index]
        return rgb if alphas is None else over_black(rgb, np.array(alphas)[index][..., None])
    v = to8(samples, depth)
    if colour == GRAY:
        return np.repeat(v, 3, axis=2)
    if colour == RGB:
        return v
    return over_black(np.broadcast_to(v[..., :-1], v.shape[:2] + (3,)), v[..., -1:])


def pngs(folder):
    kinds = [("gray", GRAY, d, i) for d, i in ((1, 0), (2, 0), (2, 1), (4, 0), (8, 0), (8, 1), (16, 0))]
    kinds += [("rgb", RGB, d, i) for d, i in ((8, 0), (8, 1), (16, 0))]
    kinds += [("palette", PALETTE, d, i) for d, i in ((1, 0), (2, 0), (4, 0), (4, 1), (8, 0))]
    kinds += [("ga", GRAY_ALPHA, d, i) for d, i in ((8, 0), (16, 0))]
    kinds += [("rgba", RGBA, d, i) for d, i in ((8, 0), (16, 1))]
    kinds += [("palette_trns", PALETTE, 4, 0)]
    for name, colour, depth, interlaced in kinds:
        samples = samples_for(CHANNELS[colour], depth)
        palette = alphas = transparent = None
        if colour == PALETTE:
            n = np.arange(1 << depth)
            palette = np.stack([n * 53 % 256, (n * 97 + 30) % 256, (255 - n * 15) % 256], 1)
            if name == "palette_trns":
                alphas = [i * 60 % 256 for i in range(16)]
                transparent = bytes(alphas)
        file = f"{name}{depth}" + ("_interlaced" if interlaced else "")
        (folder / f"{file}.png").write_bytes(png(samples, depth, colour, bool(interlaced), palette, transparent))
        np.save(folder / f"{file}.npy", expected(samples, depth, colour, palette, alphas).astype(np.uint8))
        if depth <= 8 and CHANNELS[colour] == 1:
            np.save(folder / f"{file}_raw.npy", samples[..., 0].astype(np.uint8))


def picture(w, h):
    y, x = np.meshgrid(np.arange(h), np.arange(w), indexing="ij")
    return np.stack([(x * 37 + y * 11) % 256, (x * x + y * 23) % 256, (x * y * 7 + 5) % 256], 2).astype(np.uint8)


def smooth(w, h):
    y, x = np.meshgrid(np.arange(h), np.arange(w), indexing="ij")
    return np.stack([x * 255 // w, y * 255 // h, (x + y) * 255 // (w + h)], 2).astype(np.uint8)


def jpegs(folder):
    image = Image.fromarray(smooth(37, 29))
    image.save(folder / "ycbcr.jpg", quality=90)
    image.save(folder / "progressive.jpg", quality=80, progressive=True)
    image.convert("L").save(folder / "gray.jpg", quality=90)
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=50)
    for name in ("ycbcr", "progressive", "gray"):
        decoded = np.asarray(Image.open(folder / f"{name}.jpg").convert("RGB"))
        np.save(folder / f"{name}_jpg.npy", decoded)


def resizes(folder):
    image = Image.fromarray(picture(23, 17))
    np.save(folder / "bicubic_in.npy", np.asarray(image))
    for w, h in ((9, 8), (40, 31), (23, 5), (1, 1), (22, 18)):
        np.save(folder / f"bicubic_{w}x{h}.npy", np.asarray(image.resize((w, h), Image.BICUBIC)))
    row = Image.fromarray((np.arange(512)[None, :] % 251).repeat(3, 0).astype(np.uint8))
    for w, h in ((286, 3), (256, 2), (700, 7)):
        np.save(folder / f"nearest_{w}x{h}.npy", np.asarray(row.resize((w, h), Image.NEAREST)))


def arrays(folder):
    values = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
    np.save(folder / "f4.npy", values)
    np.save(folder / "f4_scalar.npy", np.float32(2.5))
    np.save(folder / "f4_empty.npy", np.zeros((3, 0), np.float32))
    np.save(folder / "f8.npy", values[0].astype(np.float64))
    np.save(folder / "f4_fortran.npy", np.asfortranarray(values))
    np.save(folder / "f4_big_endian.npy", values.astype(">f4"))
    np.save(folder / "i4.npy", np.arange(3, dtype=np.int32))
    np.save(folder / "structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<u2")]))
    with open(folder / "f4_version2.npy", "wb") as file:
        np.lib.format.write_array(file, values, version=(2, 0))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in (pngs, jpegs, resizes, arrays):
        make(folder)


if __name__ == "__main__":
    main()

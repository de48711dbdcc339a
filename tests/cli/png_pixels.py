# SPDX-License-Identifier: Apache-2.0
"""PNGs taken apart: chunks with their checksums looked at, pixels of 8-bit RGB, and an animation's
frames. Written from the PNG specification (third edition), for the tests of the program."""

import struct
import zlib


def chunks(path):
    with open(path, "rb") as stream:
        data = stream.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, found = 8, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        crc, = struct.unpack(">I", data[at + 8 + length:at + 12 + length])
        assert crc == zlib.crc32(kind + body), (path, kind)
        found.append((kind.decode(), body))
        at += 12 + length
    assert at == len(data) and found[-1][0] == "IEND", path
    return found


def _predict(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def unfilter(stream, width, height):
    """Rows of 3*width bytes from what IDAT or fdAT chunks hold together."""
    data, step = zlib.decompress(stream), 3 * width
    assert len(data) == height * (step + 1)
    above, rows = bytearray(step), []
    for y in range(height):
        kind = data[y * (step + 1)]
        row = bytearray(data[y * (step + 1) + 1:(y + 1) * (step + 1)])
        for i in range(step):
            a, b = (row[i - 3] if i >= 3 else 0), above[i]
            c = above[i - 3] if i >= 3 else 0
            row[i] = row[i] + (0, a, b, (a + b) // 2, _predict(a, b, c))[kind] & 255
        rows.append(bytes(row))
        above = row
    return rows


def size(path):
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks(path)[0][1])
    assert (depth, colour, interlace) == (8, 2, 0), path
    return width, height


def pixels(path):
    """What a decoder shows that knows nothing of animations: rows of bytes."""
    width, height = size(path)
    return unfilter(b"".join(body for kind, body in chunks(path) if kind == "IDAT"), width, height)


def frames(path):
    """An animation's frames (rows of bytes) and their delays in seconds, its order looked at."""
    width, height = size(path)
    found = chunks(path)
    kinds = [kind for kind, _ in found]
    first = kinds.index("IDAT")
    assert kinds[first - 2:first] == ["acTL", "fcTL"] and kinds.count("acTL") == 1, kinds
    assert kinds[0] == "IHDR" and kinds.count("IEND") == 1
    count, plays = struct.unpack(">II", found[first - 2][1])
    assert kinds.count("fcTL") == count and plays == 0, (count, plays)
    sequence, streams, delays = 0, [], []
    for kind, body in found:
        if kind in ("fcTL", "fdAT"):
            assert struct.unpack(">I", body[:4])[0] == sequence, (kind, sequence)
            sequence += 1
        if kind == "fcTL":
            values = struct.unpack(">IIIIIHHBB", body)
            assert values[1:5] == (width, height, 0, 0) and values[7:] == (0, 0), values
            delays.append(values[5] / values[6])
            streams.append(b"")
        elif kind == "IDAT":
            assert len(streams) == 1, "the first frame is not the picture's own"
            streams[0] += body
        elif kind == "fdAT":
            assert len(streams) > 1
            streams[-1] += body[4:]
    return [unfilter(stream, width, height) for stream in streams], delays


def cut(rows, x, y, width, height):
    return [row[3 * x:3 * (x + width)] for row in rows[y:y + height]]

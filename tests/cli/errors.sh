#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# errors.sh SOURCE_DIR BUILD_DIR - files that are missing, broken or do not fit: exit code 1, one
# sentence that names the file, and no output left.
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

tiny_models
ok portrait --identity 1 --size 64 --out how.png --mask where.png
ok embed --model recogniser.safetensors --image how.png --out who.npy
echo "this is no picture" >text.png
head -c 500 how.png >short.png
head -c 60 where.png >short_mask.png
head -c 5000 generator.safetensors >short.safetensors
head -c -100 generator.safetensors >cut.safetensors
: >empty.safetensors
mkdir folder.png

G="--model generator.safetensors --recogniser recogniser.safetensors"

# Outputs that cannot be.
refused "there is no folder" portrait --out nowhere/a.png
refused "there is no folder" portrait --out a.png --mask nowhere/m.png
refused "is a folder" portrait --out folder.png
refused "there is no folder" init --arch mobilefacenet --out nowhere/m.safetensors
refused "there is no folder" generate $G --mask where.png --style how.png --out nowhere/o.png
refused "text.png: the folder cannot be made" demo --out text.png ${G/recogniser /recognisers }

# Pictures.
for command in "embed --model recogniser.safetensors --out o.npy --image" \
    "encode-style --model generator.safetensors --mask where.png --out o.npy --image" \
    "generate $G --mask where.png --out o.png --style" \
    "generate $G --mask where.png --style how.png --out o.npy --identity"; do
    refused "missing.png" $command missing.png
    refused "text.png" $command text.png
    refused "short.png" $command short.png
done
refused "missing.png" compare how.png missing.png --model recogniser.safetensors
refused "text.png" compare text.png how.png --model recogniser.safetensors
printf 'new\nline.png' >name
refused "" embed --model recogniser.safetensors --out o.npy --image "$(cat name)"

# Label maps: not there, cut off, a value that no class has, the other scheme's order.
for command in "generate $G --style how.png --out o.png --mask" \
    "generate $G --style how.png --mask where.png --out o.png --style-mask" \
    "encode-style --model generator.safetensors --image how.png --out o.npy --mask"; do
    refused "missing.png" $command missing.png
    refused "text.png" $command text.png
    refused "short_mask.png" $command short_mask.png
done
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON'
import struct, zlib


def png(path, width, height, pixels):
    """A gray PNG of 8 bits."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + pixels[y * width:(y + 1) * width] for y in range(height))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_palette(path):
    """Width, height and indices of a palette PNG without interlacing."""
    data, at, body = open(path, "rb").read(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        part = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">2I2B", part[:10])
        if kind == b"IDAT":
            body += part
        at += 12 + length
    assert (depth, colour) == (8, 3), (depth, colour)
    raw, out, above = zlib.decompress(body), bytearray(), bytearray(width)
    for y in range(height):
        line = raw[y * (width + 1):(y + 1) * (width + 1)]
        row = bytearray(width)
        for x in range(width):
            left, up = row[x - 1] if x else 0, above[x]
            corner = above[x - 1] if x else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            row[x] = (line[1 + x] + (0, left, up, (left + up) // 2, paeth)[line[0]]) & 255
        out += row
        above = row
    return width, height, bytes(out)


width, height, labels = read_palette("where.png")
gray = bytearray(labels)
gray[5 * width + 7] = 23
png("wrong_value.png", width, height, bytes(gray))
order = ["background", "skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear",
         "ear_r", "nose", "mouth", "u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat"]
ours = ["background", "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear",
        "r_ear", "mouth", "u_lip", "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth"]
png("bisenet.png", width, height, bytes(order.index(ours[v]) for v in labels))
PYTHON
    refused "wrong_value.png: " generate $G --mask wrong_value.png --style how.png --out o.png
    one_sentence 23 "7, 5"
    refused "bisenet" generate $G --mask bisenet.png --style how.png --out o.png
    # The same file under its right name gives what the original gives.
    ok generate $G --mask where.png --style how.png --out a.npy
    ok generate $G --mask bisenet.png --scheme bisenet --style how.png --out b.npy
    same a.npy b.npy
    rm a.npy b.npy
fi

# Models.
for command in "info" "embed --image how.png --out o.npy --model" \
    "generate --mask where.png --style how.png --recogniser recogniser.safetensors --out o.png --model"; do
    refused "missing.safetensors" $command missing.safetensors
    refused "short.safetensors" $command short.safetensors
    refused "cut.safetensors" $command cut.safetensors
    refused "empty.safetensors" $command empty.safetensors
    refused "how.png" $command how.png
done
refused "recogniser" embed --model generator.safetensors --image how.png --out o.npy
refused "generator" encode-style --model recogniser.safetensors --image how.png --mask where.png \
    --out o.npy
refused "generator" generate --model recogniser.safetensors --recogniser recogniser.safetensors \
    --mask where.png --style how.png --out o.png
refused "recogniser" generate --model generator.safetensors --mask where.png --style how.png \
    --out o.png
refused "unknown architecture" init --arch resnet --out o.safetensors
echo '{"sise": 64}' >bad.json
refused "sise" init --arch ca2sis-id --config bad.json --out o.safetensors
echo '{"size": 65}' >bad.json
refused "size" init --arch ca2sis-id --config bad.json --out o.safetensors
refused "missing.json" init --arch ca2sis-id --config missing.json --out o.safetensors
refused "missing.safetensors" convert --in missing.safetensors --out o.safetensors
refused "short.safetensors" convert --in short.safetensors --out o.safetensors

# Identities of another length than the generator's, and of a file that holds none.
echo '{"embedding_dim": 16, "width": 8, "blocks": [1, 1, 1, 0]}' >other.json
ok init --arch mobilefacenet --config other.json --out other.safetensors
ok embed --model other.safetensors --image how.png --out other.npy
refused "32" generate $G --mask where.png --style how.png --identity other.npy --out o.png
refused "32" generate --model generator.safetensors --recogniser other.safetensors \
    --mask where.png --style how.png --out o.png
refused "different recognisers" compare who.npy other.npy
ok encode-style --model generator.safetensors --image how.png --mask where.png --out style.npy
refused "style.npy" compare style.npy style.npy
head -c 150 who.npy >short.npy
refused "short.npy" compare short.npy who.npy

# A device that is not there, and one that nobody knows.
refused "cuda" portrait --device cuda:99 --out a.png
refused "gpu" portrait --device gpu --out a.png

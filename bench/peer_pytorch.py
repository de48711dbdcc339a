# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS in PyTorch, float32 on the CPU, for speed comparisons: the fused functions that PyTorch
offers, batched products, channels-last feature maps, inference mode, every core.

    peer_pytorch.py [--weights model.safetensors] [--runs N] [--out image.npy]

Inputs are the golden ones of tests/reference. Without --weights the weights are golden as well
(the published setting at 256). Prints one line a timed stage and the peak resident memory.
--step runs the decoder once for every line on standard input, to alternate with another program.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import configs  # noqa: E402
import golden  # noqa: E402
import tensorfile  # noqa: E402


# --- building blocks -----------------------------------------------------------------------------


class Net:
    def __init__(self, config, weights):
        self.config = config
        self.weights = weights

    def conv(self, key, x, stride=1, groups=1):
        weight = self.weights[key + ".weight"]
        return F.conv2d(x, weight, self.weights.get(key + ".bias"), stride, weight.shape[2] // 2, 1,
                        groups)

    def linear(self, key, x):
        return F.linear(x, self.weights[key + ".weight"], self.weights.get(key + ".bias"))

    def group_norm(self, key, x, groups, eps=1e-5):
        return F.group_norm(x, groups, self.weights[key + ".weight"], self.weights[key + ".bias"],
                            eps)

    def layer_norm(self, key, x):
        weight = self.weights[key + ".weight"]
        return F.layer_norm(x, weight.shape, weight, self.weights[key + ".bias"], 1e-5)


def one_hot(labels, classes, side):
    step = labels.shape[-1] // side
    picked = labels[:, ::step, ::step].long()
    return F.one_hot(picked, classes).permute(0, 3, 1, 2).float()


def upsample(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


# --- style encoder -------------------------------------------------------------------------------


def style_block(net, key, first, x, stride, groups):
    h = net.conv(f"{key}.{first}", x, stride, groups)
    return F.relu_(net.group_norm(f"{key}.{first + 1}", h, net.config["classes"]))


def style_head(net, scale, h, labels):
    n, classes = h.shape[0], net.config["classes"]
    mask = one_hot(labels, classes, h.shape[-1]).flatten(2)
    grouped = h.contiguous().reshape(n, classes, -1, mask.shape[-1])
    total = torch.matmul(grouped, mask[..., None])
    mean = (total / (mask.sum(-1) + 1e-5)[..., None, None]).flatten(1, 2)
    key = f"style_encoder.out.out_{scale}.0"
    codes = F.conv1d(mean, net.weights[key + ".weight"], net.weights[key + ".bias"], groups=classes)
    return torch.tanh(codes).reshape(n, classes, -1)


def encode(net, image, labels):
    classes, downs = net.config["classes"], net.config["style_downs"]
    x = style_block(net, "style_encoder.Encoder.first_layer", 0, image, 1, 1)
    skips = []
    for i in range(downs):
        x = style_block(net, f"style_encoder.Encoder.enc_layer_{i}", 0, x, 2, classes)
        skips.append(x)
    codes = []
    for i in range(downs - 1):
        if i > 0:
            x = torch.cat([x, skips[downs - 1 - i]], dim=1)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = style_block(net, f"style_encoder.Decoder.dec_layer_{i}", 1, x, 1, classes)
        codes.append(style_head(net, i, x, labels))
    return torch.cat(codes, dim=2)


# --- generator -----------------------------------------------------------------------------------


def mask_code(net, labels):
    side = net.config["code_side"]
    parts = one_hot(labels, net.config["classes"], net.config["size"] // 2)[:, 1:]
    z = net.linear("encs.encs.0", parts.flatten(2)).reshape(*parts.shape[:2], side, side)
    return net.conv("reshape_conv", z.contiguous(memory_format=net.format))


def modulated_norm(net, key, x, labels):
    groups = net.config["norm_groups"]
    if net.config["modulation"] == "group":
        return net.group_norm(key, x, groups)
    mask = one_hot(labels, net.config["classes"], x.shape[-1]).contiguous(memory_format=net.format)
    hidden = F.relu_(net.conv(key + ".mlp_shared.0", mask))
    gamma, beta = net.conv(key + ".mlp_gamma", hidden), net.conv(key + ".mlp_beta", hidden)
    return torch.addcmul(beta, F.group_norm(x, groups, eps=1e-5), gamma.add_(1))


def res_block(net, key, x, is_up, labels):
    h = F.silu(modulated_norm(net, key + ".in_layers.0", x, labels), inplace=True)
    if is_up:
        h, x = upsample(h), upsample(x)
    h = net.conv(key + ".in_layers.2", h)
    h = F.silu(modulated_norm(net, key + ".out_layers.0", h, labels), inplace=True)
    h = net.conv(key + ".out_layers.3", h)
    if key + ".skip_connection.weight" in net.weights:
        x = net.conv(key + ".skip_connection", x)
    return h.add_(x)


def scaled_attention(q, k, v):
    """q, k, v [N,heads,tokens,d]."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v)
    scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2))
    return torch.matmul(torch.softmax(scores, dim=-1), v)


def attention(net, key, x, context, heads):
    def split(t):
        return t.unflatten(2, (heads, -1)).transpose(1, 2)

    q, k, v = (split(net.linear(f"{key}.to_{name}", t))
               for name, t in (("q", x), ("k", context), ("v", context)))
    return net.linear(key + ".to_out.0", scaled_attention(q, k, v).transpose(1, 2).flatten(2))


def cross_block(net, key, x, block, context):
    h = net.group_norm(key + ".norm", x, net.config["norm_groups"], 1e-6)
    h = net.conv(key + ".proj_in", h)
    side, y = h.shape[2:], h.flatten(2).transpose(1, 2)
    t = key + ".transformer_blocks.0"
    if block["has_self_attention"]:
        normed = net.layer_norm(t + ".norm1", y)
        y = attention(net, t + ".attn1", normed, normed, block["heads"]).add_(y)
    normed = net.layer_norm(t + ".norm2", y)
    y = attention(net, t + ".attn2", normed, context, block["heads"]).add_(y)
    value, gate = net.linear(t + ".ff.net.0.proj", net.layer_norm(t + ".norm3", y)).chunk(2, dim=-1)
    y = net.linear(t + ".ff.net.2", value * F.gelu(gate)).add_(y)
    y = y.transpose(1, 2).unflatten(2, side)
    return net.conv(key + ".proj_out", y).add_(x)


def decode(net, labels, styles, identity):
    context = styles
    if net.config["identity_dim"]:
        context = torch.cat([styles, net.linear("id_proj", identity)[:, None]], dim=1)
    x = mask_code(net, labels)
    for i, block in enumerate(net.config["blocks"]):
        x = res_block(net, f"res{i + 2}", x, i > 0, labels)
        x = cross_block(net, f"cross{i + 2}", x, block, context)
    x = net.conv("out_conv", x)
    return torch.tanh(x) if net.config["has_tanh"] else x


# --- setting up and timing -----------------------------------------------------------------------


def find_config(metadata):
    """The architecture among a model file's metadata, or the published one at 256."""
    for text in metadata.values():
        try:
            value = json.loads(text)
        except ValueError:
            continue
        while isinstance(value, dict):
            if "blocks" in value and "style_dim" in value:
                return {**configs.ca2sis(configs.PUBLISHED, "plain"), **value}
            value = next((v for v in value.values() if isinstance(v, dict)), None)
    return configs.ca2sis(configs.PUBLISHED, "plain")


def golden_weights(variant):
    """The fixture of the same model lists its parameters."""
    fixture = ROOT / "tests" / "fixtures" / "nets" / f"ca2sis_256_{variant}.safetensors"
    _, metadata = tensorfile.read(fixture)
    rows = (row.split() for row in metadata["parameters"].split(";"))
    return {key: golden.fill(key, [int(d) for d in dims]) for key, *dims in rows}, metadata


def load(arguments):
    if arguments.weights:
        arrays, metadata = tensorfile.read(arguments.weights)
    else:
        arrays, metadata = golden_weights("identity" if arguments.identity else "plain")
    weights = {key: torch.from_numpy(np.array(value, dtype=np.float32))
               for key, value in arrays.items() if not key.startswith("noise_encoder.")}
    net = Net(find_config(metadata), weights)
    net.format = torch.contiguous_format if arguments.nchw else torch.channels_last
    for key, value in weights.items():
        if value.dim() == 4:
            weights[key] = value.contiguous(memory_format=net.format)
    return net


def timed(name, runs, function):
    function()  # once to warm up
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    print(f"{name}: {min(seconds):.4f} s best, {statistics.median(seconds):.4f} s median of {runs}",
          flush=True)
    return result


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", help="safetensors under the public checkpoints' names")
    parser.add_argument("--identity", action="store_true", help="golden weights with id_proj")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: every core this process may use")
    parser.add_argument("--nchw", action="store_true", help="NCHW instead of channels-last")
    parser.add_argument("--step", action="store_true", help="one decode a line of standard input")
    parser.add_argument("--out", help="write the image [N,3,H,W] as npy")
    return parser.parse_args()


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads or len(os.sched_getaffinity(0)))
    net = load(arguments)
    config, batch = net.config, arguments.batch
    side, classes = config["size"], config["classes"]
    image = torch.from_numpy(golden.fill("image", (batch, 3, side, side)))
    image = image.contiguous(memory_format=net.format)
    style_labels = torch.from_numpy(golden.labels(batch, side, classes, 1))
    labels = torch.from_numpy(golden.labels(batch, side, classes, 2))
    identity = torch.from_numpy(golden.identity(batch, config["identity_dim"]))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {side} px, batch {batch}")
    with torch.inference_mode():
        styles = timed("encode", 1 if arguments.step else arguments.runs,
                       lambda: encode(net, image, style_labels))
        if arguments.step:
            result = decode(net, labels, styles, identity)
            for _ in sys.stdin:
                start = time.perf_counter()
                result = decode(net, labels, styles, identity)
                print(f"{time.perf_counter() - start:.4f}", flush=True)
        else:
            result = timed("decode", arguments.runs, lambda: decode(net, labels, styles, identity))
    print(f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if arguments.out:
        np.save(arguments.out, result.contiguous().numpy())


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS's generator in JAX (jit) for speed comparisons, on whatever device JAX finds. Channels
last, so that a feature map is a token matrix, as XLA likes it. Style codes come from a file, which
peer_pytorch.py or `idinject encode-style` writes, or are golden.

    peer_jax.py [--weights model.safetensors] [--precision bf16] [--batch N] [--step] [--out x.npy]

The protocol of --step is peer_pytorch.py's.
"""
import argparse
import functools
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

import peer_inputs

TYPES = {"f32": jnp.float32, "tf32": jnp.float32, "bf16": jnp.bfloat16, "f16": jnp.float16}
CONV = ("NHWC", "HWIO", "NHWC")


# --- building blocks: w is the dictionary of weights ---------------------------------------------


def prepare(arrays, kind):
    """Convolution weights [O,I,kh,kw] to [kh,kw,I,O], linear ones [O,I] to [I,O]."""
    weights = {}
    for key, value in arrays.items():
        if value.ndim == 4:
            value = value.transpose(2, 3, 1, 0)
        elif value.ndim == 2:
            value = value.T
        weights[key] = jnp.asarray(value, kind)
    return weights


def linear(w, key, x):
    y = x @ w[key + ".weight"]
    return y + w[key + ".bias"] if key + ".bias" in w else y


def conv(w, key, x):
    kernel = w[key + ".weight"]
    y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=CONV)
    return y + w[key + ".bias"] if key + ".bias" in w else y


def normalised(x, axes, eps):
    wide = x.astype(jnp.float32)
    mean = wide.mean(axes, keepdims=True)
    variance = jnp.square(wide - mean).mean(axes, keepdims=True)
    return (wide - mean) * jax.lax.rsqrt(variance + eps)


def group_norm(x, groups, eps):
    n, height, width, channels = x.shape
    grouped = x.reshape(n, height * width, groups, channels // groups)
    return normalised(grouped, (1, 3), eps).reshape(x.shape).astype(x.dtype)


def affine(w, key, x):
    return x * w[key + ".weight"] + w[key + ".bias"]


def layer_norm(w, key, x):
    return affine(w, key, normalised(x, (-1,), 1e-5).astype(x.dtype))


def one_hot(config, labels, side, kind):
    step = labels.shape[-1] // side
    return jax.nn.one_hot(labels[:, ::step, ::step], config["classes"], dtype=kind)


def upsample(x):
    return x.repeat(2, axis=1).repeat(2, axis=2)


# --- generator -----------------------------------------------------------------------------------


def mask_code(w, config, labels, kind):
    side = config["code_side"]
    parts = one_hot(config, labels, config["size"] // 2, kind)[..., 1:]
    parts = parts.reshape(parts.shape[0], -1, parts.shape[-1]).transpose(0, 2, 1)
    z = linear(w, "encs.encs.0", parts).transpose(0, 2, 1)
    return conv(w, "reshape_conv", z.reshape(z.shape[0], side, side, -1))


def modulated_norm(w, config, key, x, labels):
    groups = config["norm_groups"]
    if config["modulation"] == "group":
        return affine(w, key, group_norm(x, groups, 1e-5))
    hidden = jax.nn.relu(conv(w, key + ".mlp_shared.0",
                              one_hot(config, labels, x.shape[1], x.dtype)))
    gamma, beta = conv(w, key + ".mlp_gamma", hidden), conv(w, key + ".mlp_beta", hidden)
    return group_norm(x, groups, 1e-5) * (1 + gamma) + beta


def res_block(w, config, key, x, is_up, labels):
    h = jax.nn.silu(modulated_norm(w, config, key + ".in_layers.0", x, labels))
    if is_up:
        h, x = upsample(h), upsample(x)
    h = conv(w, key + ".in_layers.2", h)
    h = jax.nn.silu(modulated_norm(w, config, key + ".out_layers.0", h, labels))
    h = conv(w, key + ".out_layers.3", h)
    if key + ".skip_connection.weight" in w:
        x = conv(w, key + ".skip_connection", x)
    return h + x


def attention(w, key, x, context, heads):
    def split(t):
        return t.reshape(*t.shape[:2], heads, -1)

    q, k, v = (split(linear(w, f"{key}.to_{name}", t))
               for name, t in (("q", x), ("k", context), ("v", context)))
    return linear(w, key + ".to_out.0", jax.nn.dot_product_attention(q, k, v).reshape(*x.shape[:2], -1))


def cross_block(w, config, key, x, block, context):
    h = affine(w, key + ".norm", group_norm(x, config["norm_groups"], 1e-6))
    h = conv(w, key + ".proj_in", h)
    y = h.reshape(h.shape[0], -1, h.shape[-1])
    t = key + ".transformer_blocks.0"
    if block["has_self_attention"]:
        normed = layer_norm(w, t + ".norm1", y)
        y = attention(w, t + ".attn1", normed, normed, block["heads"]) + y
    y = attention(w, t + ".attn2", layer_norm(w, t + ".norm2", y), context, block["heads"]) + y
    wide = linear(w, t + ".ff.net.0.proj", layer_norm(w, t + ".norm3", y))
    value, gate = jnp.split(wide, 2, axis=-1)
    y = linear(w, t + ".ff.net.2", value * jax.nn.gelu(gate, approximate=False)) + y
    return conv(w, key + ".proj_out", y.reshape(h.shape)) + x


def decode(config, w, labels, styles, identity):
    context = styles
    if config["identity_dim"]:
        context = jnp.concatenate([styles, linear(w, "id_proj", identity)[:, None]], axis=1)
    x = mask_code(w, config, labels, styles.dtype)
    for i, block in enumerate(config["blocks"]):
        x = res_block(w, config, f"res{i + 2}", x, i > 0, labels)
        x = cross_block(w, config, f"cross{i + 2}", x, block, context)
    x = conv(w, "out_conv", x)
    return jnp.tanh(x) if config["has_tanh"] else x


# --- setting up and timing -----------------------------------------------------------------------


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", help="safetensors under the public checkpoints' names")
    parser.add_argument("--identity", action="store_true", help="golden weights with id_proj")
    parser.add_argument("--styles", help="npy [N,classes,style_dim]; without: golden numbers")
    parser.add_argument("--precision", default="f32", choices=sorted(TYPES))
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=1, help="decodes a step")
    parser.add_argument("--step", action="store_true", help="decode for lines of standard input")
    parser.add_argument("--out", help="write the image [N,3,H,W] as npy")
    return parser.parse_args()


def open_styles(config, arguments, kind):
    if arguments.styles:
        return jnp.asarray(np.load(arguments.styles), kind)
    shape = (arguments.batch, config["classes"], config["style_dim"])
    return jnp.asarray(np.tanh(peer_inputs.golden.fill("image", shape)), kind)


def seconds_of(function, repeat):
    start = time.perf_counter()
    for i in range(repeat):
        result = function(i)
    result.block_until_ready()
    return (time.perf_counter() - start) / repeat, result


def main():
    arguments = parse()
    kind = TYPES[arguments.precision]
    precise = {"f32": "highest", "tf32": "tensorfloat32"}.get(arguments.precision, "default")
    jax.config.update("jax_default_matmul_precision", precise)
    arrays, config = peer_inputs.weights(arguments.weights, arguments.identity)
    weights = prepare(arrays, kind)
    inputs = peer_inputs.inputs(config, arguments.batch)
    sets = [jnp.asarray(np.roll(inputs["labels"], 8 * i, 2)) for i in range(4)]
    styles = open_styles(config, arguments, kind)
    identity = jnp.asarray(inputs["identity"], kind)
    compiled = jax.jit(functools.partial(decode, config))
    result = compiled(weights, sets[0], styles, identity).block_until_ready()

    def run(i):
        return compiled(weights, sets[i % len(sets)], styles, identity)

    print(f"jax {jax.__version__}, {jax.devices()[0].platform} {arguments.precision}, "
          f"{config['size']} px, batch {arguments.batch}\nready", flush=True)
    if arguments.step:
        for _ in sys.stdin:
            print(f"{seconds_of(run, arguments.repeat)[0]:.6f}", flush=True)
    else:
        times = [seconds_of(run, 1)[0] for _ in range(arguments.runs)]
        print(f"decode: {min(times):.4f} s best, {statistics.median(times):.4f} s median")
    memory = jax.devices()[0].memory_stats()
    if memory:
        print(f"peak device: {memory['peak_bytes_in_use'] / 2**20:.0f} MiB")
    if arguments.out:
        peer_inputs.save(arguments.out, np.asarray(result, np.float32).transpose(0, 3, 1, 2))


if __name__ == "__main__":
    main()

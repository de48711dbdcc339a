# SPDX-License-Identifier: Apache-2.0
"""The SPADE and SEAN generators as plain functions of float64 tensors.

Written from a specification of the networks, not from anybody's code. `w(key, *dims)` gives a
weight; `config` has the members of idi_spade_config. Tensors are NCHW. A spectrally normalised
convolution's weight is asked for as one, the way a converted file has it.
"""
import torch
import torch.nn.functional as F

from ca2sis import one_hot, upsample_nearest

BLOCKS = (  # name, input and output channels in units of the width, doubled before, styled
    ("head_0", 16, 16, False, True), ("G_middle_0", 16, 16, True, True),
    ("G_middle_1", 16, 16, False, True), ("up_0", 16, 8, True, True), ("up_1", 8, 4, True, True),
    ("up_2", 4, 2, True, True), ("up_3", 2, 1, True, False),
)


def leaky(x):
    return F.leaky_relu(x, 0.2)


def conv(w, key, x, out, kernel=3, stride=1, pad=1, has_bias=True):
    weight = w(key + ".weight", out, x.shape[1], kernel, kernel)
    return F.conv2d(x, weight, w(key + ".bias", out) if has_bias else None, stride, pad)


# --- norms ---------------------------------------------------------------------------------------


def mask_maps(w, config, key, seg, channels):
    a = torch.relu(conv(w, key + ".mlp_shared.0", seg, config["spade_hidden"]))
    return conv(w, key + ".mlp_gamma", a, channels), conv(w, key + ".mlp_beta", a, channels)


def style_maps(w, config, key, seg, styles, channels):
    """The map of one vector a class, convolved as a map."""
    dim = config["style_dim"]
    n, classes, height, width = seg.shape
    m = torch.zeros(n, dim, height, width, dtype=seg.dtype)
    for j in range(classes):
        fc = f"{key}.fc_mu{j}"
        v = torch.relu(F.linear(styles[:, j], w(fc + ".weight", dim, dim), w(fc + ".bias", dim)))
        m = torch.where(seg[:, j:j + 1] > 0, v[:, :, None, None].expand_as(m), m)
    return conv(w, key + ".conv_gamma", m, channels), conv(w, key + ".conv_beta", m, channels)


class Noise:
    """Maps [N,1,H,W] off a row of numbers, one after another."""

    def __init__(self, rows):
        self.rows, self.used = rows, 0

    def take(self, x):
        count = x.shape[2] * x.shape[3]
        part = self.rows[:, self.used:self.used + count]
        self.used += count
        return part.reshape(x.shape[0], 1, x.shape[2], x.shape[3])


def normalize(w, config, block, which, x, labels, styles, noise):
    c = x.shape[1]
    key = f"{block[0]}.{'ace' if config['style_dim'] else 'norm'}_{which}"
    seg = one_hot(labels, config["classes"], x.shape[-1])
    if noise is not None:
        x = x + noise.take(x) * w(key + ".noise_var", c)[:, None, None]
    mean, var = (w(f"{key}.param_free_norm.running_{name}", c) for name in ("mean", "var"))
    y = F.batch_norm(x, mean, var, None, None, False, 0.0, 1e-5)
    gamma, beta = mask_maps(w, config, key + (".Spade" if config["style_dim"] else ""), seg, c)
    if config["style_dim"] and block[4]:
        a, b = (torch.sigmoid(w(f"{key}.blending_{name}", 1)) for name in ("gamma", "beta"))
        style_gamma, style_beta = style_maps(w, config, key, seg, styles, c)
        gamma = a * style_gamma + (1 - a) * gamma
        beta = b * style_beta + (1 - b) * beta
    return y * (1 + gamma) + beta


# --- the generator -------------------------------------------------------------------------------


def residual_block(w, config, block, x, *rest):
    key, out = block[0], block[2] * config["width"]
    skip = x
    if block[1] != block[2]:
        skip = normalize(w, config, block, "s", x, *rest)
        skip = conv(w, key + ".conv_s", skip, out, 1, 1, 0, False)
    h = conv(w, key + ".conv_0", leaky(normalize(w, config, block, "0", x, *rest)), out)
    return skip + conv(w, key + ".conv_1", leaky(normalize(w, config, block, "1", h, *rest)), out)


def generate(w, config, labels, styles=None, noise=None, trace=None):
    """noise: [N, count] of all maps, or None."""
    trace = {} if trace is None else trace
    noise = None if noise is None else Noise(noise)
    seg = one_hot(labels, config["classes"], config["size"] // 32)
    x = conv(w, "fc", seg, 16 * config["width"])
    for block in BLOCKS:
        x = upsample_nearest(x) if block[3] else x
        x = residual_block(w, config, block, x, labels, styles, noise)
        trace[block[0]] = x
    return torch.tanh(conv(w, "conv_img", leaky(x), 3))


def noise_count(config):
    side, count = config["size"] // 32, 0
    for _, first, last, is_up, _ in BLOCKS:
        side *= 2 if is_up else 1
        count += (2 if first == last else 3) * side * side
    return count


# --- SEAN's style encoder ------------------------------------------------------------------------


def instance_norm(x):
    return leaky(F.instance_norm(x, eps=1e-5))


def reflect(x):
    return F.pad(x, (1, 1, 1, 1), mode="reflect")


def style_codes(w, config, image, labels):
    """[N,classes,style_dim]. The transposed convolution's bias is left out: the instance norm
    behind it takes a constant off again."""
    key = "Zencoder.model."
    x = instance_norm(conv(w, key + "1", reflect(image), 32, pad=0))
    x = instance_norm(conv(w, key + "4", x, 64, stride=2))
    x = instance_norm(conv(w, key + "7", x, 128, stride=2))
    x = F.conv_transpose2d(x, w(key + "10.weight", 128, 256, 3, 3), None, 2, 1, 1)
    x = torch.tanh(conv(w, key + "14", reflect(instance_norm(x)), config["style_dim"], pad=0))
    seg = one_hot(labels, config["classes"], x.shape[-1])
    count = seg.sum((2, 3))[:, :, None]
    return torch.einsum("nkyx,nryx->nrk", x, seg) / torch.where(count > 0, count, 1.0)

# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS and its identity-injected extension, as plain functions of float64 tensors.

Written from a specification of the network, not from anybody's code. `w(key, *dims)` gives a
weight; `config` has the members of idi_ca2sis_config. Tensors are NCHW.
"""
import math

import torch
import torch.nn.functional as F


def token_width(config):
    return (config["style_downs"] - 1) * config["style_dim"]


def mask_side(config):
    return config["size"] // 2


def one_hot(labels, classes, side):
    """Labels [N,S,S] -> [N,classes,side,side], taking the top left label of every block."""
    step = labels.shape[-1] // side
    picked = labels[:, ::step, ::step].long()
    return F.one_hot(picked, classes).permute(0, 3, 1, 2).double()


def upsample_nearest(x):
    return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


def upsample_bilinear(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def conv(w, key, x, out, kernel, stride=1, groups=1):
    weight = w(key + ".weight", out, x.shape[1] // groups, kernel, kernel)
    return F.conv2d(x, weight, w(key + ".bias", out), stride, kernel // 2, 1, groups)


def linear(w, key, x, out, has_bias=True):
    weight = w(key + ".weight", out, x.shape[-1])
    return F.linear(x, weight, w(key + ".bias", out) if has_bias else None)


def group_norm(w, key, x, groups, eps=1e-5):
    c = x.shape[1]
    return F.group_norm(x, groups, w(key + ".weight", c), w(key + ".bias", c), eps)


def layer_norm(w, key, x):
    d = x.shape[-1]
    return F.layer_norm(x, (d,), w(key + ".weight", d), w(key + ".bias", d), 1e-5)


# --- the mask embedder ---------------------------------------------------------------------------


def mask_embedding(w, config, labels):
    """[N,classes-1,code_side,code_side]; class 0 has no part in the shape."""
    side = config["code_side"]
    parts = one_hot(labels, config["classes"], mask_side(config))[:, 1:]
    z = linear(w, "encs.encs.0", parts.flatten(2), side * side)
    return z.reshape(z.shape[0], z.shape[1], side, side)


def mask_code(w, config, labels):
    """[N,code_channels,code_side,code_side]."""
    return conv(w, "reshape_conv", mask_embedding(w, config, labels), config["code_channels"], 1)


# --- style codes ---------------------------------------------------------------------------------


def style_block(w, key, first, x, out, stride, groups, classes):
    h = conv(w, f"{key}.{first}", x, out, 3, stride, groups)
    return F.relu(group_norm(w, f"{key}.{first + 1}", h, classes))


def style_head(w, config, scale, h, labels):
    """Mean feature of each class, then a 1x1 convolution of its own and tanh: [N,classes,dim]."""
    n, classes, dim = h.shape[0], config["classes"], config["style_dim"]
    per_class = h.shape[1] // classes
    mask = one_hot(labels, classes, h.shape[-1])
    area = mask.sum(dim=(2, 3)) + 1e-5
    grouped = h.reshape(n, classes, per_class, *h.shape[2:])
    mean = (grouped * mask[:, :, None]).sum(dim=(3, 4)) / area[:, :, None]
    weight = w(f"style_encoder.out.out_{scale}.0.weight", classes * dim, per_class, 1)
    bias = w(f"style_encoder.out.out_{scale}.0.bias", classes * dim)
    weight = weight.reshape(classes, dim, per_class)
    return torch.tanh(torch.einsum("ncj,cdj->ncd", mean, weight) + bias.reshape(classes, dim))


def style_codes(w, config, image, labels):
    """[N,classes,token width]: tanh codes, coarse scale first."""
    classes, downs = config["classes"], config["style_downs"]
    width = classes * config["style_width"]
    x = style_block(w, "style_encoder.Encoder.first_layer", 0, image, width, 1, 1, classes)
    skips = []
    for i in range(downs):
        key = f"style_encoder.Encoder.enc_layer_{i}"
        x = style_block(w, key, 0, x, width << (i + 1), 2, classes, classes)
        skips.append(x)
    codes = []
    for i in range(downs - 1):
        # Grouping the concatenation mixes classes from the second layer on; the published weights
        # were trained so.
        if i > 0:
            x = torch.cat([x, skips[downs - 1 - i]], dim=1)
        key = f"style_encoder.Decoder.dec_layer_{i}"
        x = style_block(w, key, 1, upsample_bilinear(x), width << (downs - 1 - i), 1, classes,
                        classes)
        codes.append(style_head(w, config, i, x, labels))
    return torch.cat(codes, dim=2)


def noise_codes(w, config, noise, labels):
    """Codes from noise [N,noise_dim]; classes without a pixel get zero rows."""
    hidden, classes = config["noise_hidden"], config["classes"]
    shared = noise
    for i in range(4):
        shared = F.relu(linear(w, f"noise_encoder.shared.{2 * i}", shared, hidden))
    rows = []
    for c in range(classes):
        h = shared
        for i in range(3):
            h = F.relu(linear(w, f"noise_encoder.unshared.{c}.{2 * i}", h, hidden))
        rows.append(linear(w, f"noise_encoder.unshared.{c}.6", h, token_width(config)))
    present = one_hot(labels, classes, labels.shape[-1]).amax(dim=(2, 3))
    return torch.stack(rows, dim=1) * present[:, :, None]


def tokens(w, config, styles, identity=None):
    """The cross-attention context: the style rows and, last, the identity's."""
    if not config["identity_dim"]:
        return styles
    row = linear(w, "id_proj", identity, token_width(config))
    return torch.cat([styles, row[:, None]], dim=1)


# --- the generator -------------------------------------------------------------------------------


def modulated_norm(w, config, key, x, labels):
    """Group norm with weights of its own, or with scale and shift painted from the labels."""
    groups = config["norm_groups"]
    if config["modulation"] == "group":
        return group_norm(w, key, x, groups)
    mask = one_hot(labels, config["classes"], x.shape[-1])
    hidden = F.relu(conv(w, key + ".mlp_shared.0", mask, config["spade_hidden"], 3))
    gamma = conv(w, key + ".mlp_gamma", hidden, x.shape[1], 3)
    beta = conv(w, key + ".mlp_beta", hidden, x.shape[1], 3)
    return F.group_norm(x, groups, eps=1e-5) * (1 + gamma) + beta


def res_block(w, config, key, x, out, is_up, labels):
    h = F.silu(modulated_norm(w, config, key + ".in_layers.0", x, labels))
    skip = x
    if is_up:
        h, skip = upsample_nearest(h), upsample_nearest(skip)
    h = conv(w, key + ".in_layers.2", h, out, 3)
    h = F.silu(modulated_norm(w, config, key + ".out_layers.0", h, labels))
    h = conv(w, key + ".out_layers.3", h, out, 3)
    if x.shape[1] != out:
        skip = conv(w, key + ".skip_connection", skip, out, 1)
    return skip + h


def attention(w, key, x, context, heads, head_dim, trace):
    inner = heads * head_dim

    def split(t):
        return t.reshape(t.shape[0], t.shape[1], heads, head_dim).transpose(1, 2)

    q = split(linear(w, key + ".to_q", x, inner, False))
    k = split(linear(w, key + ".to_k", context, inner, False))
    v = split(linear(w, key + ".to_v", context, inner, False))
    out = torch.empty_like(q)
    peak = 0.0
    for head in range(heads):  # one head at a time: the full score tensor would take gigabytes
        scores = q[:, head] @ k[:, head].transpose(1, 2) / math.sqrt(head_dim)
        p = torch.softmax(scores, dim=-1)
        out[:, head] = p @ v[:, head]
        peak += p.amax(dim=-1).mean().item() / heads
    trace[key + ".peak"] = peak
    return linear(w, key + ".to_out.0", out.transpose(1, 2).flatten(2), inner)


def cross_block(w, config, key, x, block, context, trace):
    heads, head_dim = block["heads"], block["head_dim"]
    inner = heads * head_dim
    h = group_norm(w, key + ".norm", x, config["norm_groups"], 1e-6)
    y = conv(w, key + ".proj_in", h, inner, 1).flatten(2).transpose(1, 2)
    t = key + ".transformer_blocks.0"
    if block["has_self_attention"]:
        normed = layer_norm(w, t + ".norm1", y)
        y = y + attention(w, t + ".attn1", normed, normed, heads, head_dim, trace)
    y = y + attention(w, t + ".attn2", layer_norm(w, t + ".norm2", y), context, heads, head_dim,
                      trace)
    value, gate = linear(w, t + ".ff.net.0.proj", layer_norm(w, t + ".norm3", y),
                         8 * inner).chunk(2, dim=-1)
    y = y + linear(w, t + ".ff.net.2", value * F.gelu(gate), inner)
    y = y.transpose(1, 2).reshape(x.shape[0], inner, *x.shape[2:])
    return x + conv(w, key + ".proj_out", y, x.shape[1], 1)


def decode(w, config, labels, context, trace=None):
    """The image before tanh, [N,3,size,size]. trace receives every block's output."""
    trace = {} if trace is None else trace
    x = mask_code(w, config, labels)
    trace["mask_code"] = x
    for i, block in enumerate(config["blocks"]):
        x = res_block(w, config, f"res{i + 2}", x, block["channels"], i > 0, labels)
        trace[f"res{i + 2}"] = x
        x = cross_block(w, config, f"cross{i + 2}", x, block, context, trace)
        trace[f"cross{i + 2}"] = x
    return conv(w, "out_conv", x, 3, 1)

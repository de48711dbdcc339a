# SPDX-License-Identifier: Apache-2.0
"""CA2-SIS in PyTorch as somebody would write it for speed: the fused functions that PyTorch offers,
batched products, channels-last feature maps. Runs on any device and in any floating type; written
from the description of the network alone (tests/reference), shared by the CPU and GPU comparisons.
"""
import torch
import torch.nn.functional as F

# --- building blocks -----------------------------------------------------------------------------


class Net:
    """Weights by their public names; a 4-dimensional one lies channels last unless told otherwise."""

    def __init__(self, config, weights, memory_format=torch.channels_last):
        self.config = config
        self.format = memory_format
        self.weights = {key: value.contiguous(memory_format=memory_format) if value.dim() == 4
                        else value for key, value in weights.items()}

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


def one_hot(net, labels, side):
    """[N,classes,side,side] in the network's floating type."""
    step = labels.shape[-1] // side
    picked = labels[:, ::step, ::step].long()
    planes = F.one_hot(picked, net.config["classes"]).permute(0, 3, 1, 2)
    return planes.to(net.weights["out_conv.weight"].dtype)


def upsample(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


# --- style encoder -------------------------------------------------------------------------------


def style_block(net, key, first, x, stride, groups):
    h = net.conv(f"{key}.{first}", x, stride, groups)
    return F.relu_(net.group_norm(f"{key}.{first + 1}", h, net.config["classes"]))


def style_head(net, scale, h, labels):
    n, classes = h.shape[0], net.config["classes"]
    mask = one_hot(net, labels, h.shape[-1]).flatten(2)
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
    parts = one_hot(net, labels, net.config["size"] // 2)[:, 1:]
    z = net.linear("encs.encs.0", parts.flatten(2)).reshape(*parts.shape[:2], side, side)
    return net.conv("reshape_conv", z.contiguous(memory_format=net.format))


def modulated_norm(net, key, x, labels):
    groups = net.config["norm_groups"]
    if net.config["modulation"] == "group":
        return net.group_norm(key, x, groups)
    mask = one_hot(net, labels, x.shape[-1]).contiguous(memory_format=net.format)
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

# SPDX-License-Identifier: Apache-2.0
"""IResNet, MobileFaceNet (classic) and the face crop, as plain functions of float64 tensors."""
import torch
import torch.nn.functional as F

DEPTHS = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 14, 3], 100: [3, 13, 30, 3]}


def conv(w, key, x, out, kernel, stride=1, pad=0, groups=1):
    weight = w(key + ".weight", out, x.shape[1] // groups, kernel, kernel)
    return F.conv2d(x, weight, None, stride, pad, 1, groups)


def batch_norm(w, key, x):
    c = x.shape[1]
    weight, bias = w(key + ".weight", c), w(key + ".bias", c)
    mean, var = w(key + ".running_mean", c), w(key + ".running_var", c)
    return F.batch_norm(x, mean, var, weight, bias, False, 0.0, 1e-5)


def prelu(w, key, x):
    return F.prelu(x, w(key + ".weight", x.shape[1]))


# --- IResNet -------------------------------------------------------------------------------------


def iresnet_block(w, key, x, width, stride, has_downsample):
    h = batch_norm(w, key + ".bn1", x)
    h = batch_norm(w, key + ".bn2", conv(w, key + ".conv1", h, width, 3, 1, 1))
    h = prelu(w, key + ".prelu", h)
    h = batch_norm(w, key + ".bn3", conv(w, key + ".conv2", h, width, 3, stride, 1))
    if has_downsample:
        x = conv(w, key + ".downsample.0", x, width, 1, stride)
        x = batch_norm(w, key + ".downsample.1", x)
    return h + x


def iresnet(w, config, x, trace=None):
    """Raw embedding [N,embedding_dim]."""
    trace = {} if trace is None else trace
    x = prelu(w, "prelu", batch_norm(w, "bn1", conv(w, "conv1", x, config["width"], 3, 1, 1)))
    trace["stem"] = x
    for stage in range(4):
        for i in range(config["blocks"][stage]):
            x = iresnet_block(w, f"layer{stage + 1}.{i}", x, config["width"] << stage,
                              2 if i == 0 else 1, i == 0)
        trace[f"layer{stage + 1}"] = x
    x = batch_norm(w, "bn2", x).flatten(1)
    dim = config["embedding_dim"]
    x = F.linear(x, w("fc.weight", dim, x.shape[1]), w("fc.bias", dim))
    trace["fc"] = x
    return batch_norm(w, "features", x)


# --- MobileFaceNet -------------------------------------------------------------------------------


def conv_bn(w, key, x, out, kernel, stride=1, pad=0, groups=1):
    return batch_norm(w, key + ".bn", conv(w, key + ".conv", x, out, kernel, stride, pad, groups))


def conv_bn_prelu(w, key, *args):
    return prelu(w, key + ".prelu", conv_bn(w, key, *args))


def depth_wise(w, key, x, out, groups, stride):
    x = conv_bn_prelu(w, key + ".conv", x, groups, 1)
    x = conv_bn_prelu(w, key + ".conv_dw", x, groups, 3, stride, 1, groups)
    return conv_bn(w, key + ".project", x, out, 1)


def residuals(w, key, x, count, groups):
    for i in range(count):
        x = x + depth_wise(w, f"{key}.model.{i}", x, x.shape[1], groups, 1)
    return x


def mobilefacenet(w, config, x, trace=None):
    """Raw embedding [N,embedding_dim]; `width` is 64 in the classic network."""
    trace = {} if trace is None else trace
    c, blocks, dim = config["width"], config["blocks"], config["embedding_dim"]
    x = conv_bn_prelu(w, "conv1", x, c, 3, 2, 1)
    x = trace["layer1"] = conv_bn_prelu(w, "conv2_dw", x, c, 3, 1, 1, c)
    x = depth_wise(w, "conv_23", x, c, 2 * c, 2)
    x = trace["layer2"] = residuals(w, "conv_3", x, blocks[0], 2 * c)
    x = depth_wise(w, "conv_34", x, 2 * c, 4 * c, 2)
    x = trace["layer3"] = residuals(w, "conv_4", x, blocks[1], 4 * c)
    x = depth_wise(w, "conv_45", x, 2 * c, 8 * c, 2)
    x = trace["layer4"] = residuals(w, "conv_5", x, blocks[2], 4 * c)
    x = conv_bn_prelu(w, "conv_6_sep", x, 8 * c, 1)
    x = conv_bn(w, "conv_6_dw", x, 8 * c, x.shape[-1], 1, 0, 8 * c).flatten(1)
    return batch_norm(w, "bn", F.linear(x, w("linear.weight", dim, x.shape[1])))


# --- the crop ------------------------------------------------------------------------------------


def pool(x, side):
    return F.adaptive_avg_pool2d(x, (side, side))


def crop112(x):
    """An aligned SxS face to 112x112: pooled to 256 where S differs, cut to rows 35..222 and
    columns 32..219, pooled to 112. Adaptive averaging both times: output i of n is the mean of
    inputs floor(i*m/n) .. ceil((i+1)*m/n)-1."""
    if x.shape[-1] != 256:
        x = pool(x, 256)
    return pool(x[:, :, 35:223, 32:220], 112)

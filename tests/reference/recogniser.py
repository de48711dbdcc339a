# SPDX-License-Identifier: Apache-2.0
"""IResNet, MobileFaceNet (classic), FaceNet's InceptionResnetV1 and the face crop, as plain functions of float64 tensors."""
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


# --- FaceNet -------------------------------------------------------------------------------------


def basic(w, key, x, out, kernel, stride=1, pad=0):
    """kernel and pad: a number, or (vertical, horizontal)."""
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    x = F.conv2d(x, w(key + ".conv.weight", out, x.shape[1], kh, kw), None, stride, pad)
    bn, c = key + ".bn", out
    return F.relu(F.batch_norm(x, w(bn + ".running_mean", c), w(bn + ".running_var", c),
                               w(bn + ".weight", c), w(bn + ".bias", c), False, 0.0, 1e-3))


def join(w, key, x, branches, scale, is_last=False):
    h = torch.cat(branches, 1)
    c = x.shape[1]
    h = F.conv2d(h, w(key + ".conv2d.weight", c, h.shape[1], 1, 1), w(key + ".conv2d.bias", c))
    return x + scale * h if is_last else F.relu(x + scale * h)


def block35(w, key, x, u):
    a = basic(w, key + ".branch0", x, 2 * u, 1)
    b = basic(w, key + ".branch1.1", basic(w, key + ".branch1.0", x, 2 * u, 1), 2 * u, 3, 1, 1)
    c = basic(w, key + ".branch2.1", basic(w, key + ".branch2.0", x, 2 * u, 1), 2 * u, 3, 1, 1)
    return join(w, key, x, [a, b, basic(w, key + ".branch2.2", c, 2 * u, 3, 1, 1)], 0.17)


def crossed(w, key, x, out, length, scale, is_last=False):
    a = basic(w, key + ".branch0", x, out, 1)
    b = basic(w, key + ".branch1.0", x, out, 1)
    b = basic(w, key + ".branch1.1", b, out, (1, length), 1, (0, length // 2))
    b = basic(w, key + ".branch1.2", b, out, (length, 1), 1, (length // 2, 0))
    return join(w, key, x, [a, b], scale, is_last)


def inception_resnet(w, config, x, trace=None):
    """Raw embedding of what the original takes: (bytes - 127.5)/128."""
    trace = {} if trace is None else trace
    u, blocks = config["width"] // 2, config["blocks"]
    x = basic(w, "conv2d_2a", basic(w, "conv2d_1a", x, 2 * u, 3, 2), 2 * u, 3)
    x = F.max_pool2d(basic(w, "conv2d_2b", x, 4 * u, 3, 1, 1), 3, 2)
    x = basic(w, "conv2d_4a", basic(w, "conv2d_3b", x, 5 * u, 1), 12 * u, 3)
    x = trace["conv2d_4b"] = basic(w, "conv2d_4b", x, 16 * u, 3, 2)
    for i in range(blocks[0]):
        x = block35(w, f"repeat_1.{i}", x, u)
    trace["repeat_1"], key = x, "mixed_6a.branch"
    b = basic(w, key + "1.1", basic(w, key + "1.0", x, 12 * u, 1), 12 * u, 3, 1, 1)
    x = torch.cat([basic(w, key + "0", x, 24 * u, 3, 2), basic(w, key + "1.2", b, 16 * u, 3, 2),
                   F.max_pool2d(x, 3, 2)], 1)
    trace["mixed_6a"] = x
    for i in range(blocks[1]):
        x = crossed(w, f"repeat_2.{i}", x, 8 * u, 7, 0.10)
    trace["repeat_2"], key = x, "mixed_7a.branch"
    a = basic(w, key + "0.1", basic(w, key + "0.0", x, 16 * u, 1), 24 * u, 3, 2)
    b = basic(w, key + "1.1", basic(w, key + "1.0", x, 16 * u, 1), 16 * u, 3, 2)
    c = basic(w, key + "2.1", basic(w, key + "2.0", x, 16 * u, 1), 16 * u, 3, 1, 1)
    x = torch.cat([a, b, basic(w, key + "2.2", c, 16 * u, 3, 2), F.max_pool2d(x, 3, 2)], 1)
    trace["mixed_7a"] = x
    for i in range(blocks[2]):
        x = crossed(w, f"repeat_3.{i}", x, 12 * u, 3, 0.20)
    trace["repeat_3"] = x
    x = trace["block8"] = crossed(w, "block8", x, 12 * u, 3, 1.0, True)
    dim = config["embedding_dim"]
    x = F.linear(x.mean((2, 3)), w("last_linear.weight", dim, x.shape[1]))
    trace["last_linear"] = x
    return F.batch_norm(x, w("last_bn.running_mean", dim), w("last_bn.running_var", dim),
                        w("last_bn.weight", dim), w("last_bn.bias", dim), False, 0.0, 1e-3)


def facenet(w, config, x):
    """Raw embedding of a crop in -1..1, which is (bytes - 127.5)/127.5."""
    return inception_resnet(w, config, x * (127.5 / 128))


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

# SPDX-License-Identifier: Apache-2.0
"""The multi-scale PatchGAN with its spectral normalisation, its losses, and VGG-19's features, in
plain functions of float64 tensors."""
import torch
import torch.nn.functional as F


def spectral_vectors(matrix, u):
    """One step of the power iteration: u of unit length, and v."""
    v = matrix.t() @ u
    v = v / v.norm().clamp_min(1e-12)
    u = matrix @ v
    return u / u.norm().clamp_min(1e-12), v


def spectral_weight(w, key, out, inner, is_training):
    """Divided by u'Mv. In training the vectors move first, and stay so in w."""
    weight = w(key + ".weight_orig", out, inner, 4, 4)
    u, v = w(key + ".weight_u", out), w(key + ".weight_v", inner * 16)
    matrix = weight.reshape(out, -1)
    if is_training:
        with torch.no_grad():
            u, v = spectral_vectors(matrix, u)
        w.cache[key + ".weight_u"], w.cache[key + ".weight_v"] = u, v
    return weight / torch.dot(u, matrix @ v)


def instance_norm(x):
    mean = x.mean((2, 3), keepdim=True)
    return (x - mean) / ((x - mean).square().mean((2, 3), keepdim=True) + 1e-5).sqrt()


def weights(w, config, is_training):
    """For each scale the (weight, bias or None) of its layers."""
    scales = []
    for scale in range(config["scales"]):
        layers, inner = [], config["classes"] + 3
        for l in range(config["layers"]):
            out = config["width"] * min(2 ** l, 8)
            key = f"discriminator_{scale}.model{l}.0"
            if l == 0:
                layers.append((w(key + ".weight", out, inner, 4, 4), w(key + ".bias", out)))
            else:
                layers.append((spectral_weight(w, key + ".0", out, inner, is_training), None))
            inner = out
        key = f"discriminator_{scale}.model{config['layers']}.0"
        layers.append((w(key + ".weight", 1, inner, 4, 4), w(key + ".bias", 1)))
        scales.append(layers)
    return scales


def half_size(x):
    """3x3 averages, two pixels apart, of the pixels inside."""
    kernel = torch.ones(1, 1, 3, 3, dtype=x.dtype)
    sums = F.conv2d(x.reshape(-1, 1, *x.shape[2:]), kernel, stride=2, padding=1)
    counts = F.conv2d(torch.ones(1, 1, *x.shape[2:], dtype=x.dtype), kernel, stride=2, padding=1)
    return (sums / counts).reshape(*x.shape[:2], *sums.shape[2:])


def judge(scales, config, labels, image):
    """For each scale (features, prediction)."""
    planes = F.one_hot(labels.long(), config["classes"]).permute(0, 3, 1, 2).to(image.dtype)
    view = torch.cat([planes, image], 1)
    out = []
    for i, layers in enumerate(scales):
        if i > 0:
            view = half_size(view)
        x, features = view, []
        for l, (weight, bias) in enumerate(layers[:-1]):
            x = F.conv2d(x, weight, bias, 1 if l == 3 else 2, 2)
            x = F.leaky_relu(x if l == 0 else instance_norm(x), 0.2)
            features.append(x)
        out.append((features, F.conv2d(x, *layers[-1], 1, 2)))
    return out


def discriminator_loss(made, real):
    return sum((1 + p).clamp_min(0).mean() for _, p in made) / len(made) + \
        sum((1 - p).clamp_min(0).mean() for _, p in real) / len(real)


def adversarial_loss(made):
    return -sum(p.mean() for _, p in made) / len(made)


def feature_matching_loss(made, real):
    return 10.0 / len(made) * sum((a - b.detach()).abs().mean() for (m, _), (r, _) in zip(made, real)
                                  for a, b in zip(m, r))


def perceptual_loss(made, real, factors):
    return sum(f * (a - b.detach()).abs().mean() for f, a, b in zip(factors, made, real))


VGG_WEIGHTS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0]
VGG_TAPS = {0, 5, 10, 19, 28}
VGG_POOLS = {2, 7, 16, 25}


def vgg19(w, width, x):
    """relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""
    taps, inner = [], 3
    for index, out in zip([0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28],
                          [1, 1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8]):
        key = f"features.{index}"
        x = F.relu(F.conv2d(x, w(key + ".weight", out * width, inner, 3, 3),
                            w(key + ".bias", out * width), 1, 1))
        inner = out * width
        if index in VGG_TAPS:
            taps.append(x)
        if index in VGG_POOLS:
            x = F.max_pool2d(x, 2, 2)
    return taps

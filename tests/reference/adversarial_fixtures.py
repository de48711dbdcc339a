#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/fixtures/nets/{discriminator,adversarial,vgg19,stages}_*.safetensors: discriminators,
three steps of their spectral vectors, losses and gradients, and what perceptual losses compare. Holds
its own power iteration against torch.nn.utils.spectral_norm."""
import torch

import adversarial
import configs
import golden
import recogniser
from make_fixtures import every, save, wide
from weights import GoldenWeights

BATCH, LABELS_SEED, STEPS = 2, 1, 3
TINY = {"classes": 5, "scales": 2, "layers": 3, "width": 4, "side": 32}
FOUR = {"classes": 3, "scales": 2, "layers": 4, "width": 2, "side": 64}
VECTORS = ["discriminator_0.model1.0.0", "discriminator_1.model2.0.0"]
GRADIENTS = ["discriminator_0.model0.0.weight", "discriminator_0.model1.0.0.weight_orig",
             "discriminator_1.model2.0.0.weight_orig", "discriminator_1.model3.0.weight"]


def image(key, config):
    return wide(golden.fill(key, (BATCH, 3, config["side"], config["side"])))


def labels(config):
    return torch.from_numpy(golden.labels(BATCH, config["side"], config["classes"], LABELS_SEED))


def metadata(w, config):
    return {**config, "parameters": w.listing(), "batch": BATCH, "labels_seed": LABELS_SEED}


def make_discriminator(name, config):
    w = GoldenWeights()
    out = adversarial.judge(adversarial.weights(w, config, False), config, labels(config),
                            image("image", config))
    outputs = {}
    for scale, (features, prediction) in enumerate(out):
        outputs[f"prediction{scale}"] = prediction
        for l, x in enumerate(features):
            outputs[f"feature{scale}.{l}"] = x
    save(name, outputs, metadata(w, config))


def check_spectral_norm(config):
    """PyTorch's own module moves the vectors and divides the weight in the same way."""
    key, out, inner = VECTORS[0], 2 * config["width"], config["width"]
    w = GoldenWeights()
    conv = torch.nn.Conv2d(inner, out, 4, bias=False).double()
    conv.weight.data = w(key + ".weight_orig", out, inner, 4, 4).clone()
    module = torch.nn.utils.spectral_norm(conv, eps=1e-12)
    module.weight_u.copy_(w(key + ".weight_u", out))
    x = torch.ones(1, inner, 4, 4, dtype=torch.float64)
    slope = torch.arange(out, dtype=torch.float64).reshape(1, out, 1, 1)
    for _ in range(STEPS):
        weight = w.cache[key + ".weight_orig"].requires_grad_()
        ours = torch.conv2d(x, adversarial.spectral_weight(w, key, out, inner, True))
        theirs = module(x)
        got, = torch.autograd.grad((ours * slope).sum(), weight)
        want, = torch.autograd.grad((theirs * slope).sum(), module.weight_orig)
        for a, b in [(ours, theirs), (got, want), (w.cache[key + ".weight_u"], module.weight_u),
                     (w.cache[key + ".weight_v"], module.weight_v)]:
            assert (a - b).abs().max() <= 1e-13 * b.abs().max(), "not PyTorch's spectral_norm"


def make_steps(name, config):
    """Losses of each of three steps with the same weights and moving vectors, the vectors after them,
    and the last step's gradients."""
    check_spectral_norm(config)
    w = GoldenWeights()
    adversarial.weights(w, config, False)
    made, real = image("image", config).requires_grad_(), image("target", config)
    for key in GRADIENTS:
        w.cache[key].requires_grad_()
    losses = []
    for _ in range(STEPS):
        scales = adversarial.weights(w, config, True)
        m = adversarial.judge(scales, config, labels(config), made)
        r = adversarial.judge(scales, config, labels(config), real)
        of_discriminator = adversarial.discriminator_loss(m, r)
        of_generator = adversarial.adversarial_loss(m)
        matching = adversarial.feature_matching_loss(m, r)
        losses.append(torch.stack([of_discriminator, of_generator, matching]))
    outputs = {"losses": torch.stack(losses).detach()}
    slopes = torch.autograd.grad(of_discriminator, [w.cache[k] for k in GRADIENTS], retain_graph=True)
    outputs.update({"d." + key: slope for key, slope in zip(GRADIENTS, slopes)})
    outputs["d.image"], = torch.autograd.grad(of_generator + matching, made)
    for key in VECTORS:
        u, v = w.cache[key + ".weight_u"], w.cache[key + ".weight_v"]
        outputs[key + ".weight_u"] = u.reshape(1, -1)
        outputs[key + ".weight_v"] = v.reshape(1, -1, 4, 4)
    save(name, outputs, metadata(w, config))


def make_vgg19(name, width, side):
    w = GoldenWeights()
    config = {"width": width, "side": side}
    made = image("image", config).requires_grad_()
    features = adversarial.vgg19(w, width, made)
    real = adversarial.vgg19(w, width, image("target", config))
    loss = adversarial.perceptual_loss(features, real, adversarial.VGG_WEIGHTS)
    outputs = {f"feature{i}": x.detach() for i, x in enumerate(features)}
    outputs["loss"] = loss.detach().reshape(1)
    outputs["d.image"], = torch.autograd.grad(loss, made)
    save(name, outputs, metadata(w, config))


def make_stages(name):
    """A recogniser's maps at the end of its stages, some pixels of each."""
    config = configs.RECOGNISERS[name]
    side = config["input_side"]
    trace = {}
    x = wide(golden.fill("input", (2, 3, side, side)))
    getattr(recogniser, config["arch"])(GoldenWeights(), config, x, trace)
    save("stages_" + name, {f"stage{i}": every(trace[f"layer{i + 1}"],
                                               trace[f"layer{i + 1}"].shape[-1] // 3)
                            for i in range(4)}, {"of": name, "batch": 2})


def main():
    with torch.no_grad():
        make_discriminator("discriminator_tiny", TINY)
        make_discriminator("discriminator_four", FOUR)
        for name in ("iresnet_tiny", "mobilefacenet"):
            make_stages(name)
    make_steps("adversarial_tiny", TINY)
    make_vgg19("vgg19_tiny", 2, 32)


if __name__ == "__main__":
    main()

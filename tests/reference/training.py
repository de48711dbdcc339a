#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/fixtures/nets/training.safetensors: the first steps of a training in PyTorch's own
words (autograd, torch.optim.AdamW, clip_grad_norm_, batch_norm in training), in float64 on golden
weights and batches. tests/support/tiny_recogniser.c trains the same."""
import torch
import torch.nn.functional as F

import golden
import make_fixtures
import recogniser
from weights import GoldenWeights

BATCH, SIDE, CLASSES, STEPS = 6, 16, 3, 5
CONFIG = {"input_side": SIDE, "embedding_dim": 8, "width": 2, "blocks": [1, 1, 1, 1]}
SCALE, MARGIN, CLIP, AVERAGE_DECAY = 8.0, 0.2, 30.0, 0.95
HEAD = "train.head.weight"


def batch_norm(w, key, x):
    c = x.shape[1]
    weight, bias = w(key + ".weight", c), w(key + ".bias", c)
    mean, var = w(key + ".running_mean", c), w(key + ".running_var", c)
    return F.batch_norm(x, mean, var, weight, bias, True, 0.1, 1e-5)


def loss_of(w, step):
    x = make_fixtures.wide(golden.fill(f"input{step}", (BATCH, 3, SIDE, SIDE)))
    classes = torch.arange(BATCH) % CLASSES
    embedding = recogniser.iresnet(w, CONFIG, x)
    centres = w(HEAD, CLASSES, CONFIG["embedding_dim"])
    cosines = F.normalize(embedding) @ F.normalize(centres).T
    return F.cross_entropy(SCALE * (cosines - MARGIN * F.one_hot(classes, CLASSES)), classes)


def is_statistic(key):
    return key.endswith("running_mean") or key.endswith("running_var")


def rates(step):
    """Of the backbone, which warms up over two steps, and of the head."""
    return 0.01 * min(1.0, step / 2), 0.02


def train():
    recogniser.batch_norm = batch_norm
    shapes = GoldenWeights()
    with torch.no_grad():
        loss_of(shapes, 1)
    w = GoldenWeights()  # running statistics have moved in the first one
    for key, dims in shapes.shapes.items():
        w(key, *dims)
    learns = [k for k in w.cache if not is_statistic(k) and k != "features.weight"]
    for key in learns:
        w.cache[key].requires_grad_()
    averages = {k: v.detach().clone() for k, v in w.cache.items()
                if (k in learns or is_statistic(k)) and k != HEAD}
    optimiser = torch.optim.AdamW([
        {"params": [w.cache[k] for k in learns if k != HEAD], "betas": (0.9, 0.99),
         "weight_decay": 0.01},
        {"params": [w.cache[HEAD]], "betas": (0.5, 0.9), "weight_decay": 0.0}], eps=0.05)
    report = []
    for step in range(1, STEPS + 1):
        for group, rate in zip(optimiser.param_groups, rates(step)):
            group["lr"] = rate
        optimiser.zero_grad()
        loss = loss_of(w, step)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([w.cache[k] for k in learns], CLIP)
        optimiser.step()
        decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
        for key, average in averages.items():
            average.lerp_(w.cache[key].detach(), 1 - decay)
        report.append([float(loss), float(norm)])
        print(f"step {step}: loss {report[-1][0]:.9f}, gradient norm {report[-1][1]:.9f}")
    outputs = {k: v.detach() for k, v in w.cache.items()}
    outputs |= {"average." + k: v for k, v in averages.items()}
    for key in learns:
        state = optimiser.state[w.cache[key]]
        outputs["train.m." + key] = state["exp_avg"]
        outputs["train.v." + key] = state["exp_avg_sq"]
    return outputs, report


if __name__ == "__main__":
    tensors, steps = train()
    # Float32 keeps the file small, and is what the library's tensors are.
    tensors = {key: value.float() for key, value in tensors.items()}
    tensors["report"] = torch.tensor(steps, dtype=torch.float64)
    make_fixtures.save("training", tensors, {"steps": STEPS})

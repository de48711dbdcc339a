# SPDX-License-Identifier: Apache-2.0
"""A training step in PyTorch as somebody would write it for speed, on the CPU: network, losses, backward,
the gradient's length, AdamW and moving averages, each with the fused functions that PyTorch offers.

    peer_training.py FOLDER [--threads N] [--nchw] [--compile] [--steps N | --step]

FOLDER is what bench_training --dump wrote: first weights, recipe, batch. Prints the version, then for
each step its loss, the gradient's length and the seconds; --step: one for each line on standard input.
Last line: peak memory.
"""
import argparse
import json
import pathlib
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import peer_inputs
import peer_network
import recogniser
import tensorfile

TEACHER = "train.recogniser."
SURROGATE = "train.surrogate"
HEAD = "train.head.weight"


def leads(key, prefixes):
    return any(key.startswith(p) for p in prefixes)


class Weights:
    """Of a training: all tensors by name, and which of them learn."""

    def __init__(self, arrays, memory_format):
        self.format = memory_format
        self.tensors = {}
        for key, value in arrays.items():
            if leads(key, ("train.m.", "train.v.", "average.")):
                continue
            tensor = torch.from_numpy(np.array(value, dtype=np.float32))
            self.tensors[key] = tensor.contiguous(memory_format=memory_format) \
                if tensor.dim() == 4 else tensor
        self.learning = {key: tensor.requires_grad_() for key, tensor in self.tensors.items()
                         if self.learns(key)}

    @staticmethod
    def learns(key):
        is_statistic = key.endswith("running_mean") or key.endswith("running_var")
        return not (is_statistic or key == "features.weight" or key.startswith((TEACHER, SURROGATE)))


class Reader:
    """The recognisers' networks ask for weights by name and shape."""

    def __init__(self, tensors, prefix=""):
        self.tensors, self.prefix = tensors, prefix

    def __call__(self, key, *dims):
        return self.tensors[self.prefix + key]


# --- losses --------------------------------------------------------------------------------------


def squared_distance(a, b, dim):
    """The sum over one dimension of squared differences, averaged over all others."""
    return F.mse_loss(a, b) * a.shape[dim]


def crop(face, side):
    face = F.adaptive_avg_pool2d(face, (256, 256))
    return F.adaptive_avg_pool2d(face[:, :, 35:223, 32:220], (side, side))


class Judge:
    """A frozen IResNet of a model file, with its weights of the training."""

    def __init__(self, weights, prefix, path):
        self.reader = Reader(weights.tensors, prefix)
        self.config = json.loads(tensorfile.read(peer_inputs.ROOT / path)[1]["idinject.config"])

    def see(self, faces):
        """Features of the four stages, and unit embeddings."""
        trace = {}
        raw = recogniser.iresnet(self.reader, self.config,
                                 crop(faces, self.config["input_side"]), trace)
        return [trace[f"layer{i}"] for i in range(1, 5)], F.normalize(raw)


class Generator:
    """CA2-SIS towards photographs and identities; the last of a batch exchange identities."""

    def __init__(self, recipe, config, weights, batch):
        self.recipe, self.config = recipe, config
        self.net = peer_network.Net.__new__(peer_network.Net)
        self.net.config, self.net.format, self.net.weights = config, weights.format, weights.tensors
        self.teacher = Judge(weights, TEACHER, recipe["recogniser"])
        self.surrogates = [Judge(weights, f"{SURROGATE}{i}.", path)
                           for i, path in enumerate(recipe.get("surrogates", []))]
        count, side = recipe["batch"]["people"], config["size"]
        pixels = count * side * side
        faces = np.frombuffer(batch, np.float32, 3 * pixels).reshape(count, side, side, 3)
        labels = np.frombuffer(batch, np.uint8, pixels, 12 * pixels)
        self.faces = torch.from_numpy(faces.transpose(0, 3, 1, 2).copy()).contiguous(
            memory_format=weights.format)
        self.labels = torch.from_numpy(labels.reshape(count, side, side).copy())
        self.own = count - int(recipe["swaps"]["share"] * count + 0.5)

    def distance(self, seen, wanted):
        terms = [squared_distance(F.normalize(a[:self.own]), F.normalize(b[:self.own]), 1)
                 for a, b in zip(seen, wanted)]
        return sum(terms) / len(terms)

    def whose(self, embedding):
        """For each image the embedding of the person whose identity it gets."""
        return torch.cat([embedding[:self.own], embedding[self.own:].roll(-1, 0)])

    def identity_loss(self, rows, judged):
        """The mean over judges: each one's embeddings of the images, and of who is wanted."""
        terms = [0.5 * squared_distance(seen[rows], wanted[rows], 1) for seen, wanted in judged]
        return sum(terms) / len(terms)

    def loss(self):
        own, loss = self.own, self.recipe["loss"]
        share = own / len(self.faces)
        with torch.no_grad():
            wanted, embedding = self.teacher.see(self.faces)
            identity = self.whose(embedding)
            others = [self.whose(judge.see(self.faces)[1]) for judge in self.surrogates]
        styles = peer_network.encode(self.net, self.faces, self.labels)
        images = peer_network.decode(self.net, self.labels, styles, identity)
        seen, embedding = self.teacher.see(images)
        judged = [(embedding, identity)]
        judged += [(judge.see(images)[1], other) for judge, other in zip(self.surrogates, others)]
        total = loss["pixel"] * share * F.l1_loss(images[:own], self.faces[:own])
        total = total + loss["perceptual"] * share * self.distance(seen, wanted)
        for rows, weight in ((slice(0, own), share), (slice(own, None), 1 - share)):
            if weight > 0:
                total = total + loss["identity"] * weight * self.identity_loss(rows, judged)
        if share < 1:
            weight = loss["pixel"] * self.recipe["swaps"]["pixel"] * (1 - share)
            total = total + weight * F.l1_loss(images[own:], self.faces[own:])
        return total


class Recogniser:
    """An IResNet under CosFace; margins ramp as in the recipe."""

    def __init__(self, recipe, config, weights, batch):
        self.recipe, self.config, self.weights = recipe, config, weights
        self.reader = Reader(weights.tensors)
        count = recipe["batch"]["people"] * recipe["batch"]["photos"]
        side = config["input_side"]
        crops = np.frombuffer(batch, np.float32, 3 * count * side * side)
        crops = crops.reshape(count, side, side, 3).transpose(0, 3, 1, 2)
        self.crops = torch.from_numpy(crops.copy()).contiguous(memory_format=weights.format)
        self.classes = torch.from_numpy(np.frombuffer(batch, np.int64, count, crops.nbytes).copy())
        self.step = 0
        recogniser.batch_norm = self.batch_norm

    @staticmethod
    def batch_norm(w, key, x):
        return F.batch_norm(x, w(key + ".running_mean"), w(key + ".running_var"),
                            w(key + ".weight"), w(key + ".bias"), True, 0.1, 1e-5)

    def margin(self):
        first, last = self.recipe["loss"]["ramp"]
        share = min(max((self.step - first) / max(last - first, 1), 0.0), 1.0)
        return self.recipe["loss"]["margin"] * (1.0 if self.step >= last else share)

    def loss(self):
        self.step += 1
        embedding = recogniser.iresnet(self.reader, self.config, self.crops)
        cosines = F.normalize(embedding) @ F.normalize(self.weights.tensors[HEAD]).T
        margins = torch.zeros_like(cosines)
        margins[torch.arange(len(cosines)), self.classes] = self.margin()
        return F.cross_entropy(self.recipe["loss"]["scale"] * (cosines - margins), self.classes)


# --- the optimiser -------------------------------------------------------------------------------


class Optimiser:
    def __init__(self, recipe, weights):
        self.settings = recipe["optimiser"]
        self.total_steps = recipe["steps"]
        self.parameters = list(weights.learning.values())
        head_rate = self.settings.get("head_rate") or self.settings["rate"]
        decay = self.settings["weight_decay"]
        groups = ([], [], [])
        for key, tensor in weights.learning.items():
            groups[2 if key == HEAD else 0 if tensor.dim() >= 2 else 1].append(tensor)
        rates = (self.settings["rate"], self.settings["rate"], head_rate)
        self.rates = [rate for rate, group in zip(rates, groups) if group]
        self.adam = torch.optim.AdamW(
            [{"params": group, "weight_decay": d}
             for group, d in zip(groups, (decay, 0.0, decay)) if group],
            lr=self.settings["rate"], betas=(self.settings["beta1"], self.settings["beta2"]),
            eps=self.settings["eps"], fused=True)
        self.moving = [tensor for key, tensor in weights.tensors.items()
                       if not key.startswith("train.") and key != "features.weight"]
        self.averages = [tensor.detach().clone() for tensor in self.moving]
        self.step_number = 0

    def rate(self, rate):
        step, warmup = self.step_number, self.settings["warmup_steps"]
        return rate * (step / warmup if step < warmup else 1.0)

    def step(self, loss):
        """The gradient's length before it is clipped."""
        self.step_number += 1
        step = self.step_number
        for group, rate in zip(self.adam.param_groups, self.rates):
            group["lr"] = self.rate(rate)
        loss.backward()
        length = torch.nn.utils.clip_grad_norm_(self.parameters, self.settings["clip_norm"],
                                                foreach=True)
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        with torch.no_grad():
            decay = min(self.settings["average_decay"], (1 + step) / (10 + step))
            torch._foreach_lerp_(self.averages, self.moving, 1 - decay)
        return length


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--nchw", action="store_true", help="NCHW instead of channels-last")
    parser.add_argument("--compile", action="store_true", help="torch.compile, max-autotune")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--step", action="store_true", help="one for each line of standard input")
    return parser.parse_args()


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    arrays, metadata = tensorfile.read(arguments.folder / "weights.safetensors")
    recipe = json.loads(metadata["idinject.training.recipe"])
    config = json.loads(metadata["idinject.config"])
    layout = torch.contiguous_format if arguments.nchw else torch.channels_last
    weights = Weights(arrays, layout)
    kind = Generator if "style_dim" in config else Recogniser
    training = kind(recipe, config, weights, (arguments.folder / "batch").read_bytes())
    optimiser = Optimiser(recipe, weights)
    loss_of = torch.compile(training.loss, mode="max-autotune") if arguments.compile \
        else training.loss
    print(f"torch {torch.__version__}, {'NCHW' if arguments.nchw else 'channels last'}"
          f"{', compiled' if arguments.compile else ''}", flush=True)
    for _ in sys.stdin if arguments.step else range(arguments.steps):
        start = time.perf_counter()
        loss = loss_of()
        length = optimiser.step(loss)
        seconds = time.perf_counter() - start
        print(f"loss {loss.item():.7f} length {length.item():.7f}\n{seconds:.6f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak resident: {peak:.0f} MiB")


if __name__ == "__main__":
    main()

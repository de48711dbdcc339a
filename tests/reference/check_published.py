# SPDX-License-Identifier: Apache-2.0
"""Holds the reference recognisers against published golden outputs of the original networks
(float64, same golden weights; input key "input" [2,3,112,112], FaceNet's [2,3,160,160]). Exits 1 on a difference."""
import sys

import torch

import configs
import golden
import recogniser
from weights import GoldenWeights

# name: (length of sample 0, its sum, its first eight, cosine of samples 0 and 1)
PUBLISHED = {
    "iresnet18": (16.98565, 10.3241334, [0.5897602, -0.6141189, -0.2408964, 0.08216602, 0.7106261,
                                         0.153375, -1.272165, -0.3872692], 0.426424178),
    "iresnet34": (41.3326218, 38.0891143, [2.200719, -0.381807, 1.560539, 0.8372724, 3.280585,
                                           -3.854095, -4.201654, -0.8887258], 0.466808178),
    "iresnet50": (123.113994, 182.315129, [5.734674, 10.37543, 3.571588, -0.7066351, 5.493298,
                                           -10.93555, -3.154978, -9.702663], 0.689302232),
    # of unit length: these two are published so
    "mobilefacenet": (1.0, -0.560076396, [0.01326591, -0.05029295, -0.01032787, -0.07155301,
                                          -0.08879131, 0.01014385, -0.08250367, 0.01514525],
                      0.943319797),
    "facenet": (1.0, 2.02153307, [0.02231872, 0.105979, 0.02879008, 0.02520315, -0.01104427,
                                  0.06613295, 0.01587227, -0.02647439], 0.998874604),
}

IRESNET50_STAGES = {  # length and mean of the whole map, sample 0
    "stem": (375.939665, 0.170691058), "layer1": (287.223098, -0.00662356324),
    "layer2": (338.336282, 0.145232137), "layer3": (1235.4514, -0.0468773323),
    "layer4": (1202.24644, -0.0422614339), "fc": (173.388311, 0.512139878),
}

FACENET_STAGES = {
    "conv2d_4b": (33.6550436, 0.0636014965), "repeat_1": (36.6411882, 0.0816874753),
    "mixed_6a": (30.2183333, 0.074083164), "repeat_2": (32.1328523, 0.0870261533),
    "mixed_7a": (16.4768517, 0.0812668648), "repeat_3": (17.5864587, 0.0968452687),
    "block8": (26.4504923, 0.104220583), "last_linear": (6.31701108, 0.0161785285),
}
STAGES = {"iresnet50": IRESNET50_STAGES, "facenet": FACENET_STAGES}


def worst(got, wanted):
    return max(abs(g - w) / abs(w) for g, w in zip(got, wanted))


def main():
    sizes = {**configs.RECOGNISERS, "iresnet34": configs.iresnet(64, recogniser.DEPTHS[34])}
    x = torch.from_numpy(golden.fill("input", (2, 3, 112, 112))).double()
    errors = {}
    for name, (length, total, first, cosine) in PUBLISHED.items():
        w, trace = GoldenWeights(), {}
        if name == "mobilefacenet":
            y = recogniser.mobilefacenet(w, sizes[name], x)
            y = y / y.norm(dim=1, keepdim=True)
        elif name == "facenet":
            faces = torch.from_numpy(golden.fill("input", (2, 3, 160, 160))).double()
            y = recogniser.inception_resnet(w, sizes[name], faces, trace)
            y = y / y.norm(dim=1, keepdim=True)
        else:
            y = recogniser.iresnet(w, sizes[name], x, trace)
        cos = torch.cosine_similarity(y[:1], y[1:]).item()
        got = [y[0].norm().item(), y[0].sum().item(), *y[0, :8].tolist(), cos]
        errors[name] = worst(got, [length, total, *first, cosine])
        for stage, wanted in STAGES.get(name, {}).items():
            got = [trace[stage][0].norm().item(), trace[stage][0].mean().item()]
            errors[f"{name} {stage}"] = worst(got, wanted)
    for name, error in errors.items():
        print(f"{name}: relative difference {error:.1e}")
    return 1 if max(errors.values()) > 1e-6 else 0


if __name__ == "__main__":
    with torch.no_grad():
        sys.exit(main())

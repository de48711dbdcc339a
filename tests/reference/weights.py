# SPDX-License-Identifier: Apache-2.0
"""Golden weights on demand, remembering which were asked for and with which shape."""
import numpy as np
import torch

import golden


class GoldenWeights:
    """w(key, *dims) -> tensor of `dtype` holding the float32 golden values."""

    def __init__(self, dtype=torch.float64):
        self.dtype = dtype
        self.shapes = {}
        self.cache = {}

    def __call__(self, key, *dims):
        if key not in self.cache:
            self.cache[key] = torch.from_numpy(golden.fill(key, dims)).to(self.dtype)
            self.shapes[key] = dims
        assert self.shapes[key] == dims, (key, self.shapes[key], dims)
        return self.cache[key]

    def count(self):
        return sum(int(np.prod(dims)) for dims in self.shapes.values())

    def listing(self):
        """"key dim dim;key dim ..." for a fixture's metadata, sorted by key."""
        rows = sorted(self.shapes.items())
        return ";".join(" ".join([key, *map(str, dims)]) for key, dims in rows)

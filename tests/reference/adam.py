#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the literal numbers of tests/ops/adam.c: three parameters over four steps of
torch.optim.Adam and AdamW in float64, on gradients that a formula gives."""
import torch

BETAS, EPS, RATE = (0.9, 0.99), 1e-8, 0.01


def gradient(step, i):
    """What tests/ops/adam.c computes too: exact in binary."""
    return ((step * 5 + i * 3) % 7 - 3) / 4


def run(name, make):
    parameter = torch.tensor([1.0, -0.5, 0.25], dtype=torch.float64, requires_grad=True)
    optimiser = make([parameter])
    rows = []
    for step in range(1, 5):
        parameter.grad = torch.tensor([gradient(step, i) for i in range(3)], dtype=torch.float64)
        optimiser.step()
        rows.append("        {" + ", ".join(f"{x:.17g}" for x in parameter.tolist()) + "},")
    state = optimiser.state[parameter]
    print(f"{name}:")
    print("\n".join(rows))
    for key in ("exp_avg", "exp_avg_sq"):
        print(f"  {key}: " + ", ".join(f"{x:.17g}" for x in state[key].tolist()))


run("Adam", lambda p: torch.optim.Adam(p, lr=RATE, betas=BETAS, eps=EPS))
run("AdamW, weight decay 0.1",
    lambda p: torch.optim.AdamW(p, lr=RATE, betas=BETAS, eps=EPS, weight_decay=0.1))

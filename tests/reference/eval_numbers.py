#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/eval/reference_numbers.h: the measures of evaluation from their definitions, the slow
way, on inputs that tests/eval/test_reference.c makes too (golden.u). NumPy only.

usage: eval_numbers.py > ../eval/reference_numbers.h
"""
import math
from statistics import NormalDist

import numpy as np

import golden

MASK32 = 0xFFFFFFFF


# --- inputs ---------------------------------------------------------------------------------------

def scores(key, count, centre, width):
    """To two decimals, so that many tie."""
    return np.floor((centre + width * golden.u(key, count)) * 100 + 0.5) / 100


def picture(key, height, width, noise):
    """u8: blocks of 8x8 pixels and noise, both kept under 256."""
    blocks = golden.u("blocks", (height // 8 + 1) * (width // 8 + 1) * 3)
    blocks = blocks.reshape(height // 8 + 1, width // 8 + 1, 3).repeat(8, 0).repeat(8, 1)
    grain = golden.u(key, height * width * 3).reshape(height, width, 3)
    return np.clip(np.floor(127.5 + 200 * blocks[:height, :width] + noise * grain), 0, 255)


def float_picture(key, height, width):
    """f32 that leave -1..1 at both ends."""
    return (golden.u(key, height * width * 3) * 2.5).astype(np.float32).reshape(height, width, 3)


def features(key, count, dim):
    return (3 + golden.u(key, count * dim) * 2).astype(np.float32).reshape(count, dim)


# --- verification ---------------------------------------------------------------------------------

def auc(genuine, impostor):
    above = (genuine[:, None] > impostor[None]).sum() + (genuine[:, None] == impostor[None]).sum() / 2
    return above / genuine.size / impostor.size


def tar_at_far(genuine, impostor, far):
    """The best TAR of all thresholds that keep the FAR."""
    every = np.concatenate([genuine, impostor, [np.inf]])
    return max((genuine >= t).mean() for t in every if (impostor >= t).mean() <= far)


def eer(genuine, impostor):
    """Bisection along the polygon of operating points, each given twice as (FAR, FRR)."""
    points = [(0.0, 1.0)] + [((impostor >= t).mean(), (genuine < t).mean())
                             for t in np.unique(np.concatenate([genuine, impostor]))[::-1]]
    points = np.array(points)

    def at(s):
        i = min(int(s), len(points) - 2)
        return points[i] + (s - i) * (points[i + 1] - points[i])

    low, high = 0.0, len(points) - 1.0
    for _ in range(200):
        middle = (low + high) / 2
        far, frr = at(middle)
        low, high = (middle, high) if far < frr else (low, middle)
    return at(high)[0]


# --- pictures -------------------------------------------------------------------------------------

def window():
    x = np.arange(11) - 5.0
    w = np.exp(-(x[:, None] ** 2 + x[None] ** 2) / (2 * 1.5 ** 2))
    return w / w.sum()


def ssim_maps(a, b):
    """SSIM and its contrast-structure factor; variances about each window's own mean."""
    w, c1, c2 = window(), (0.01 * 255) ** 2, (0.03 * 255) ** 2
    va = np.lib.stride_tricks.sliding_window_view(a, (11, 11))
    vb = np.lib.stride_tricks.sliding_window_view(b, (11, 11))
    ma, mb = (va * w).sum((2, 3)), (vb * w).sum((2, 3))
    da, db = va - ma[..., None, None], vb - mb[..., None, None]
    saa, sbb, sab = (da * da * w).sum((2, 3)), (db * db * w).sum((2, 3)), (da * db * w).sum((2, 3))
    cs = (2 * sab + c2) / (saa + sbb + c2)
    return (2 * ma * mb + c1) / (ma ** 2 + mb ** 2 + c1) * cs, cs


def luma(p):
    return p @ np.array([0.299, 0.587, 0.114])


def planes(p):
    return [p[..., c] for c in range(3)]


def ssim(a, b, mask=None):
    values = []
    for x, y in zip(a, b):
        m = ssim_maps(x, y)[0]
        values.append(m.mean() if mask is None else m[mask[5:-5, 5:-5]].mean())
    return np.mean(values)


def halve(p):
    p = np.pad(p, ((0, p.shape[0] % 2), (0, p.shape[1] % 2)), mode="edge")
    return p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3))


def ms_ssim(a, b):
    values = []
    for x, y in zip(a, b):
        value = 1.0
        for scale, weight in enumerate([0.0448, 0.2856, 0.3001, 0.2363, 0.1333]):
            full, cs = ssim_maps(x, y)
            value *= (full if scale == 4 else cs).mean() ** weight
            x, y = halve(x), halve(y)
        values.append(value)
    return np.mean(values)


# --- features -------------------------------------------------------------------------------------

def frechet(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    a = (x - x.mean(0)) / math.sqrt(len(x) - 1)
    b = (y - y.mean(0)) / math.sqrt(len(y) - 1)
    root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    if len(x) > x.shape[1] and len(y) > x.shape[1]:
        by_eigenvalues = np.sqrt(np.linalg.eigvals(np.cov(x.T) @ np.cov(y.T)).real).sum()
        assert abs(root - by_eigenvalues) < 1e-9
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + (a * a).sum() + (b * b).sum() - 2 * root


# --- confidence -----------------------------------------------------------------------------------

def philox(seed, stream, index):
    key = [seed & MASK32, seed >> 32]
    c = [index & MASK32, index >> 32, stream & MASK32, stream >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ key[0], b & MASK32, (a >> 32) ^ c[3] ^ key[1], a & MASK32]
        key = [(key[0] + 0x9E3779B9) & MASK32, (key[1] + 0xBB67AE85) & MASK32]
    return c


def draws(seed, replicate, units):
    numbers = []
    for block in range((units + 1) // 2):
        w = philox(seed, replicate, block)
        numbers += [((w[0] << 21) + (w[1] >> 11)) / 2.0 ** 53, ((w[2] << 21) + (w[3] >> 11)) / 2.0 ** 53]
    return np.bincount([int(u * units) for u in numbers[:units]], minlength=units)


def bootstrap(seed, replicates, units, statistic):
    values = [statistic(draws(seed, r, units)) for r in range(replicates)]
    return np.percentile(values, [2.5, 97.5])


def pair_values():
    """40 pairs of 12 people, every fourth genuine."""
    k = np.arange(40)
    first, second = k % 12, np.where(k % 4 == 0, k % 12, (k * 5 + 1 + k // 12) % 12)
    return golden.u("pairs", 40), first, second


def pairs_mean(times):
    values, first, second = pair_values()
    w = np.where(first == second, times[first], times[first] * times[second])
    return (w * values).sum() / w.sum()


# --- the header -----------------------------------------------------------------------------------

def numbers():
    g, i = scores("genuine", 60, 0.55, 0.7), scores("impostor", 500, 0.15, 0.9)
    yield "auc", auc(g, i)
    yield "eer", eer(g, i)
    yield "tar_far_0_01", tar_at_far(g, i, 0.01)
    yield "tar_far_0_05", tar_at_far(g, i, 0.05)
    yield "tar_far_0_25", tar_at_far(g, i, 0.25)
    for name, p in ("0_975", 0.975), ("1e_3", 1e-3), ("1e_12", 1e-12), ("0_4", 0.4):
        yield "normal_quantile_" + name, NormalDist().inv_cdf(p)

    a, b = picture("a", 40, 53, 40), picture("b", 40, 53, 70)
    mask = (golden.u("mask", 40 * 53) > 0.2).reshape(40, 53)
    yield "l1", np.abs(a - b).mean() / 255
    yield "psnr", 10 * math.log10(255 ** 2 / ((a - b) ** 2).mean())
    yield "psnr_mask", 10 * math.log10(255 ** 2 / ((a - b)[mask] ** 2).mean())
    yield "ssim_rgb", ssim(planes(a), planes(b))
    yield "ssim_luma", ssim([luma(a)], [luma(b)])
    yield "ssim_mask", ssim(planes(a), planes(b), mask)
    f = np.clip((float_picture("f", 40, 53).astype(np.float64) + 1) * 127.5, 0, 255)
    yield "l1_float", np.abs(a - f).mean() / 255
    yield "ssim_float", ssim(planes(a), planes(f))
    a, b = picture("a", 177, 190, 40), picture("b", 177, 190, 70)
    yield "ms_ssim_rgb", ms_ssim(planes(a), planes(b))
    yield "ms_ssim_luma", ms_ssim([luma(a)], [luma(b)])

    yield "frechet", frechet(features("x", 40, 6), features("y", 50, 6))
    yield "frechet_singular", frechet(features("x", 5, 9), features("y", 7, 9))

    low, high = bootstrap(7, 200, 31, lambda t: (t * golden.u("mean", 31)).sum() / 31)
    yield "bootstrap_mean_low", low
    yield "bootstrap_mean_high", high
    low, high = bootstrap(0x123456789, 200, 12, pairs_mean)
    yield "bootstrap_pairs_low", low
    yield "bootstrap_pairs_high", high


print("""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/reference/eval_numbers.py; test_reference.c makes the inputs. */
#ifndef IDI_TESTS_EVAL_REFERENCE_NUMBERS_H
#define IDI_TESTS_EVAL_REFERENCE_NUMBERS_H
""")
for name, value in numbers():
    print(f"static const double reference_{name} = {float(value):.17g};")
print("\n#endif")

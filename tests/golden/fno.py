#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Forward values of Fourier neural operators by NumPy's FFT, for tests/operators/test_fno.cpp.

    fno.py > fno.json

Written from the description of the algorithm and not from the C++ code: full transforms, modes shifted to the centre and
cut out, the imaginary parts of the first and of the Nyquist coefficient of the last axis set to zero before its inverse
transform. Weights and inputs are given by formulas that the test repeats.
"""
import json
from math import erf, sqrt

import numpy as np

ERF = np.vectorize(erf)


def gelu(x):
    return 0.5 * x * (1 + ERF(x / sqrt(2)))


def wave(count, phase, scale):
    """The numbers that fill a parameter or an input."""
    return scale * np.sin(1.7 * np.arange(count) + phase)


def spectral_conv(x, weight, n_modes, sizes_out):
    """x (batch, channel, axes...), weight (modes..., in, out) complex."""
    d = x.ndim - 2
    axes = tuple(range(2, 2 + d))
    n = x.shape[2:]
    spectrum = np.fft.fftn(x, axes=axes, norm="forward")
    out = np.zeros((x.shape[0], weight.shape[-1]) + tuple(sizes_out), complex)
    for place in np.ndindex(*weight.shape[:d]):
        k = [place[a] - n_modes[a] // 2 for a in range(d - 1)] + [place[-1]]
        smaller = [min(n[a], sizes_out[a]) for a in range(d)]
        if any(not -(m // 2) <= q < m - m // 2 for q, m in zip(k[:-1], smaller[:-1])) or k[-1] > smaller[-1] // 2:
            continue
        values = spectrum[(slice(None), slice(None)) + tuple(q % m for q, m in zip(k, n))] @ weight[place]
        out[(slice(None), slice(None)) + tuple(q % m for q, m in zip(k, sizes_out))] = values
    if d > 1:
        out = np.fft.ifftn(out, axes=axes[:-1], norm="forward")
    half = out[..., : sizes_out[-1] // 2 + 1].copy()
    half[..., 0] = half[..., 0].real
    if sizes_out[-1] % 2 == 0:
        half[..., -1] = half[..., -1].real
    return np.fft.irfft(half, n=sizes_out[-1], axis=-1, norm="forward")


def linear(x, weight, bias=None):
    y = np.einsum("bi...,oi->bo...", x, weight)
    return y if bias is None else y + bias.reshape((1, -1) + (1,) * (x.ndim - 2))


def fno(case):
    d = len(case["grid"])
    h, cin, cout = case["hidden"], case["in"], case["out"]
    modes = case["n_modes"][:-1] + [case["n_modes"][-1] // 2 + 1]
    shapes = {"lifting.first.weight": (2 * h, cin + d), "lifting.first.bias": (2 * h,),
              "lifting.last.weight": (h, 2 * h), "lifting.last.bias": (h,),
              "projection.first.weight": (2 * h, h), "projection.first.bias": (2 * h,),
              "projection.last.weight": (cout, 2 * h), "projection.last.bias": (cout,)}
    for layer in range(case["layers"]):
        b = f"block{layer}."
        shapes |= {b + "conv.weight": (int(np.prod(modes)), h, 2, h), b + "conv.bias": (h,),
                   b + "skip.linear.weight": (h, h), b + "mlp.first.weight": (h // 2, h), b + "mlp.first.bias": (h // 2,),
                   b + "mlp.last.weight": (h, h // 2), b + "mlp.last.bias": (h,), b + "mlp_skip.gate": (h,)}
    p = {name: wave(int(np.prod(shapes[name])), 0.3 * i, 0.7).reshape(shapes[name])
         for i, name in enumerate(sorted(shapes))}

    grid = case["grid"]
    x = wave(2 * cin * int(np.prod(grid)), 0.1, 1.0).reshape((2, cin) + tuple(grid))
    coordinates = [np.broadcast_to((np.arange(n) / n).reshape((1, 1) + tuple(n if b == a else 1 for b in range(d))),
                                   (2, 1) + tuple(grid)) for a, n in enumerate(grid)]
    x = np.concatenate([x] + coordinates, axis=1)
    x = linear(gelu(linear(x, p["lifting.first.weight"], p["lifting.first.bias"])), p["lifting.last.weight"], p["lifting.last.bias"])
    pad = [int(case["padding"] * n + 0.5) for n in grid]
    x = np.pad(x, [(0, 0), (0, 0)] + [(0, q) for q in pad])
    padded = x.shape[2:]
    for layer in range(case["layers"]):
        q = lambda name: p[f"block{layer}." + name]
        last = layer + 1 == case["layers"]
        w = q("conv.weight").reshape(modes + [h, 2, h])
        y = spectral_conv(x, w[..., 0, :] + 1j * w[..., 1, :], case["n_modes"], padded) + q("conv.bias").reshape((1, -1) + (1,) * d)
        y = y + linear(x, q("skip.linear.weight"))
        y = y if last else gelu(y)
        z = linear(gelu(linear(y, q("mlp.first.weight"), q("mlp.first.bias"))), q("mlp.last.weight"), q("mlp.last.bias"))
        z = z + q("mlp_skip.gate").reshape((1, -1) + (1,) * d) * x
        x = z if last else gelu(z)
    x = x[(slice(None), slice(None)) + tuple(slice(0, n) for n in grid)]
    return linear(gelu(linear(x, p["projection.first.weight"], p["projection.first.bias"])),
                  p["projection.last.weight"], p["projection.last.bias"])


def main():
    base = {"in": 1, "out": 1, "hidden": 4, "layers": 2, "padding": 0.0}
    cases = [base | {"grid": [11], "n_modes": [5]},
             base | {"grid": [16], "n_modes": [16], "layers": 3},
             base | {"grid": [8, 7], "n_modes": [6, 4], "in": 2},
             base | {"grid": [7, 8], "n_modes": [7, 8]},
             base | {"grid": [8, 6], "n_modes": [8, 6], "out": 2},
             base | {"grid": [9, 10], "n_modes": [5, 6], "padding": 0.25},
             base | {"grid": [4, 5, 6], "n_modes": [3, 4, 6]}]
    for case in cases:
        case["values"] = [float(f"{v:.13g}") for v in fno(case).ravel()]
    print(json.dumps(cases, separators=(",", ":")).replace('{"in"', '\n{"in"'))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Answers of the models, from their equations by NumPy: one plain loop or product per line of the documentation.

    operators.py            writes operators.txt beside it
    operators.py --check    compares with it; exit code 1 if they differ, 77 without NumPy

Weights and inputs are numbers that follow from their names; tests/operators/model_checks.h draws the same.
"""
import sys
from pathlib import Path

try:
    import numpy as np
except ImportError:
    print("NumPy")
    sys.exit(77)

GOLDEN = {}


def numbers(name, *shape):
    h = 0
    for c in name.encode():
        h = (h * 31 + c) & 0x7FFFFFFF
    mask = np.uint64(0xFFFFFFFF)
    j = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
    x = (np.uint64(h) + j * np.uint64(2654435761)) & mask
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x7FEB352D)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x846CA68B)) & mask
    x ^= x >> np.uint64(16)
    return ((x.astype(float) + 0.5) / 2147483648.0 - 1).reshape(shape)


def weight(name, *shape):
    return numbers(name, *shape) * (0.5 if len(shape) < 2 else 1 / np.sqrt(np.prod(shape) / shape[0]))


def golden(name):
    def store(function):
        GOLDEN[name] = np.asarray(function()).ravel()
        return function

    return store


# Building blocks


def erf(x):
    # Abramowitz and Stegun 7.1.5/7.1.14 by the standard library, element by element.
    from math import erf as scalar

    return np.vectorize(scalar)(x)


def gelu(x):
    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def relu(x):
    return np.maximum(x, 0)


def leaky_relu(x):
    return np.where(x > 0, x, 0.2 * x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def linear(x, name, fan_in, fan_out):
    return x @ weight(name + ".weight", fan_out, fan_in).T + weight(name + ".bias", fan_out)


def layer_norm(x, name, size):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * weight(name + ".weight", size) + weight(name + ".bias", size)


def perceptron(x, name, widths, activation=relu, norm=False):
    for i in range(len(widths) - 1):
        x = linear(x, f"{name}.linear{i}", widths[i], widths[i + 1])
        if i < len(widths) - 2:
            if norm:
                x = layer_norm(x, f"{name}.norm{i}", widths[i + 1])
            x = activation(x)
    return x


# Convolutions: fields (2, 2, 10) to (2, 3, 10)


def sequence_fields():
    return numbers("fields", 2, 2, 10)


@golden("lattice_convolution")
def _():
    u, k, b = sequence_fields(), weight("kernel", 3, 2, 10), weight("bias", 3)
    y = np.zeros((2, 3, 10))
    for x in range(10):
        for z in range(10):
            y[:, :, x] += u[:, :, (x - z) % 10] @ k[:, :, z].T
    return y + b[:, None]


@golden("lattice_convolution_zero")
def _():
    u, k, b = sequence_fields(), weight("kernel", 3, 2, 19), weight("bias", 3)
    y = np.zeros((2, 3, 10))
    for x in range(10):
        for source in range(10):
            y[:, :, x] += u[:, :, source] @ k[:, :, (x - source) % 19].T
    return y + b[:, None]


def s4d_kernel(name, channels, states, length):
    step = np.exp(weight(name + ".log_step", channels))[:, None]
    a = -np.exp(weight(name + ".log_decay", channels, states // 2)) + 1j * weight(name + ".frequency", channels, states // 2)
    c = weight(name + ".output", channels, states // 2, 2)
    c = c[..., 0] + 1j * c[..., 1]
    state = (np.exp(step * a) - 1) / a
    k = np.zeros((channels, length))
    for l in range(length):
        k[:, l] = 2 * (c * state).sum(1).real
        state = state * np.exp(step * a)
    return k


def s4d(layers, bidirectional):
    h = linear(sequence_fields().transpose(0, 2, 1), "encoder", 2, 3)
    for i in range(layers):
        name = f"layer{i}"
        z = layer_norm(h, name + ".norm", 3)
        y = weight(name + ".skip", 3) * z
        k = s4d_kernel(name + ".kernel", 3, 4, 10)
        back = s4d_kernel(name + ".backward", 3, 4, 10) if bidirectional else np.zeros((3, 10))
        for l in range(10):
            for m in range(10):
                if m <= l:
                    y[:, l] += k[:, l - m] * z[:, m]
                if m >= l:
                    y[:, l] += back[:, m - l] * z[:, m]
        y = linear(gelu(y), name + ".mix", 3, 6)
        h = h + y[..., :3] * sigmoid(y[..., 3:])
    return linear(h, "decoder", 3, 3).transpose(0, 2, 1)


@golden("s4d")
def _():
    return s4d(2, False)


@golden("s4d_bidirectional")
def _():
    return s4d(1, True)


def monarch_matrix(name, b):
    def blocks(factor):
        dense = np.zeros((b * b, b * b))
        for i, block in enumerate(weight(f"{name}.{factor}", b, b, b)):
            dense[i * b:(i + 1) * b, i * b:(i + 1) * b] = block
        return dense

    p = np.zeros((b * b, b * b))
    for i in range(b):
        for j in range(b):
            p[b * i + j, b * j + i] = 1
    return p @ blocks("left") @ p @ blocks("right") @ p


@golden("monarch_mixer")
def _():
    h = linear(sequence_fields().transpose(0, 2, 1), "encoder", 2, 4)
    along = np.zeros((2, 4, 16))
    along[:, :, :10] = layer_norm(h, "layer0.norm1", 4).transpose(0, 2, 1)
    mixed = weight("layer0.kernel", 4, 16) * (along @ monarch_matrix("layer0.sequence1", 4).T)
    mixed = mixed @ monarch_matrix("layer0.sequence2", 4).T
    z = h + mixed[:, :, :10].transpose(0, 2, 1)
    across = gelu(layer_norm(z, "layer0.norm2", 4) @ monarch_matrix("layer0.channel1", 2).T)
    h = z + across @ monarch_matrix("layer0.channel2", 2).T
    return linear(h, "decoder", 4, 3).transpose(0, 2, 1)

# MgNO. Convolutions point by point; `edge` is "zeros", "reflect", "periodic" or "none".


def beyond(x, i, j, edge):
    """The field (batch, channels, n1, n2) at a point that may lie outside."""
    for axis, (k, n) in enumerate(((i, x.shape[2]), (j, x.shape[3]))):
        if 0 <= k < n:
            continue
        if edge == "zeros":
            return np.zeros(x.shape[:2])
        k = k % n if edge == "periodic" else (-k if k < 0 else 2 * (n - 1) - k)
        i, j = (k, j) if axis == 0 else (i, k)
    return x[:, :, i, j]


def convolve(x, name, out, edge, stride=1, bias=False):
    one_axis = x.shape[3] == 1
    w = weight(name + ".weight", out, x.shape[1], 3) if one_axis else weight(name + ".weight", out, x.shape[1], 3, 3)
    w = w.reshape(out, x.shape[1], 3, -1)
    begin = 0 if edge == "none" else -1
    points = [1 if one_axis and a == 1 else ((n - 3) // 2 + 1 if edge == "none" else -(-n // stride)) for a, n in enumerate(x.shape[2:])]
    y = np.zeros((x.shape[0], out, *points))
    for i in range(points[0]):
        for j in range(points[1]):
            for a in range(3):
                for b in range(w.shape[3]):
                    column = 0 if one_axis else stride * j + b + begin
                    y[:, :, i, j] += beyond(x, stride * i + a + begin, column, edge) @ w[:, :, a, b].T
    return y + (weight(name + ".bias", out)[:, None, None] if bias else 0)


def prolong(x, name, out, kernel, fine, edge, wrap):
    one_axis = x.shape[3] == 1
    w = weight(name + ".weight", x.shape[1], out, *(kernel[:1] if one_axis else kernel)).reshape(x.shape[1], out, kernel[0], -1)
    begin = 0 if edge == "none" else -1
    y = np.zeros((x.shape[0], out, *fine))
    reach = 1 if wrap else 0
    for i in range(-reach, x.shape[2] + reach):
        for j in range(0 if one_axis else -reach, x.shape[3] + (0 if one_axis else reach)):
            for a in range(w.shape[2]):
                for b in range(w.shape[3]):
                    k, l = 2 * i + begin + a, 0 if one_axis else 2 * j + begin + b
                    if 0 <= k < fine[0] and 0 <= l < fine[1]:
                        y[:, :, k, l] += beyond(x, i, j, edge) @ w[:, :, a, b]
    return y


def normalise(x, name, shape):
    mean = x.mean((1, 2, 3), keepdims=True)
    variance = ((x - mean) ** 2).mean((1, 2, 3), keepdims=True)
    scale, shift = (weight(f"{name}.{part}", *shape).reshape(shape + (1,) * (3 - len(shape))) for part in ("weight", "bias"))
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def v_cycle(f, name, out, pre, kernels, edge="zeros", restrict=None, post=None, bias=False, residual=False, wrap=False,
            norm=False, grow=False):
    restrict = restrict or edge
    c_f, c_u = f.shape[1], out
    fs, us = [], []
    u = None
    for l, count in enumerate(pre):
        here = f"{name}.level{l}"
        times = l + 1 if grow else 1
        for i in range(count):
            r = f if u is None else f - convolve(u, f"{here}.pre{i}.operator", c_f * times, edge, 1, bias)
            u = (0 if u is None else u) + convolve(r, f"{here}.pre{i}.smoother", c_u * times, edge, 1, bias)
        fs.append(f)
        us.append(u)
        if l + 1 < len(pre):
            more = l + 2 if grow else 1
            r = f - convolve(u, f"{here}.residual", c_f * times, edge, 1, bias) if residual else f
            f = convolve(r, f"{here}.restrict_f", c_f * more, restrict, 2)
            u = convolve(u, f"{here}.restrict_u", c_u * more, restrict, 2)
    for l in reversed(range(len(pre))):
        here = f"{name}.level{l}"
        times = l + 1 if grow else 1
        f, coarse, u = fs[l], u, us[l]
        if l + 1 < len(pre):
            u = u + prolong(coarse, f"{here}.prolong", c_u * times, kernels[l], u.shape[2:], restrict, wrap)
            if norm:
                u = normalise(u, f"{here}.norm", (c_u * times,))
        for i in range(post[l] if post else 0):
            r = f - convolve(u, f"{here}.post{i}.operator", c_f * times, edge, 1, bias)
            u = u + convolve(r, f"{here}.post{i}.smoother", c_u * times, edge, 1, bias)
    return u


def over_channels(x, name, out, bias):
    y = np.einsum("oi,bixy->boxy", weight(name + ".weight", out, x.shape[1]), x)
    return y + weight(name + ".bias", out)[:, None, None] if bias else y


def mgno_dirichlet(grid, kernels):
    u = numbers("fields", 2, 2, *grid)
    for i in range(2):
        u = gelu(v_cycle(u, f"layer{i}.cycle", 3, [1, 1, 2], kernels) + over_channels(u, f"layer{i}.pointwise", 3, True))
    return over_channels(u, "head", 1, False)


@golden("mgno")
def _():
    return mgno_dirichlet((7, 6), [(3, 4), (4, 3)])


@golden("mgno_even_on_odd")
def _():
    return mgno_dirichlet((7, 5), [(4, 4), (4, 4)])


@golden("mgno_odd_on_even")
def _():
    return mgno_dirichlet((8, 6), [(3, 3), (3, 3)])


@golden("mgno_periodic")
def _():
    f = u = numbers("fields", 2, 1, 8, 6)
    for i in range(2):
        u = gelu(v_cycle(u, f"layer{i}.cycle", 2, [1, 0, 1], [(4, 4), (4, 3)], "periodic", post=[1, 1, 0], bias=True,
                         residual=True, wrap=True, norm=True))
    return over_channels(u, "head", 1, True) + f


@golden("mgno_neumann")
def _():
    u = numbers("fields", 2, 1, 11).reshape(2, 1, 11, 1)
    u = v_cycle(u, "layer0.cycle", 2, [1, 1, 1], [(3, 1), (3, 1)], "reflect", restrict="none", grow=True)
    u = leaky_relu(normalise(u, "layer0.norm", (2, 11, 1)))
    return v_cycle(u, "head", 2, [1, 1, 1], [(3, 1), (3, 1)], "reflect", restrict="none", grow=True)



def main():
    path = Path(__file__).with_suffix(".txt")
    text = "".join(f"{name} {values.size}\n" + " ".join(f"{v:.17g}" for v in values) + "\n" for name, values in GOLDEN.items())
    if "--check" not in sys.argv:
        path.write_text(text)
        return 0
    tokens = path.read_text().split()
    bad = 0
    for name, values in GOLDEN.items():
        at = tokens.index(name)
        kept = np.array(tokens[at + 2:at + 2 + int(tokens[at + 1])], dtype=float)
        if kept.size != values.size or not np.allclose(kept, values, rtol=1e-12, atol=1e-13):
            print(f"{name}: {path} holds other values than the equations give")
            bad = 1
    return bad


sys.exit(main())

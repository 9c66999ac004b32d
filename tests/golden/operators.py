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

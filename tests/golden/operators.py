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


# DeepONet: three samples, 7 sensors, 4 features, positions in two dimensions, two outputs


def deeponet(queries, branch_outputs=2, trunk_outputs=2, stacked=False):
    u = numbers("fields", 3, 7)
    if stacked:
        b = np.concatenate([perceptron(u, f"branch{k}.perceptron", [7, 6, 1]) for k in range(4 * branch_outputs)], 1)
    else:
        b = perceptron(u, "branch.perceptron", [7, 6, 4 * branch_outputs])
    t = relu(perceptron(queries, "trunk", [2, 5, 4 * trunk_outputs]))
    bias = weight("bias", 2)
    y = np.zeros((3, queries.shape[-2], 2))
    for sample in range(3):
        for point in range(queries.shape[-2]):
            at = t[point] if t.ndim == 2 else t[sample, point]
            for o in range(2):
                of_branch = b[sample].reshape(-1, 4)[o if branch_outputs == 2 else 0]
                of_trunk = at.reshape(-1, 4)[o if trunk_outputs == 2 else 0]
                y[sample, point, o] = of_branch @ of_trunk + bias[o]
    return y


@golden("deeponet")
def _():
    return deeponet(numbers("queries", 5, 2))


@golden("deeponet_own")
def _():
    return deeponet(numbers("own queries", 3, 4, 2))


@golden("deeponet_split_branch")
def _():
    return deeponet(numbers("queries", 5, 2), trunk_outputs=1)


@golden("deeponet_split_trunk")
def _():
    return deeponet(numbers("own queries", 3, 4, 2), branch_outputs=1)


@golden("deeponet_stacked")
def _():
    return deeponet(numbers("queries", 5, 2), stacked=True)


@golden("deeponet_multi_task")
def _():
    u = np.concatenate([numbers("parameters", 3, 4), numbers("fields", 3, 7)], 1)
    b = perceptron(u, "branch.perceptron", [11, 6, 4], norm=True)
    return b @ relu(perceptron(numbers("queries", 5, 2), "trunk", [2, 5, 4])).T + weight("bias", 1)


@golden("deeponet_masked")
def _():
    mask = (numbers("mask", 2, 1, 8, 6) > 0).astype(float)
    x = np.concatenate([numbers("image", 2, 1, 8, 6), mask], 1)
    for i, filters in enumerate([2, 3]):
        x = relu(convolve(x, f"branch.convolution{i}", filters, "zeros", 1, True))
        n1, n2 = x.shape[2] // 2, x.shape[3] // 2
        x = sum(x[:, :, a:2 * n1:2, b:2 * n2:2] for a in (0, 1) for b in (0, 1)) / 4
    b = perceptron(x.reshape(2, -1), "branch.perceptron", [3 * 2 * 1, 4, 3], np.tanh)
    positions = np.array([[-1 + 2 * i / 7, -1 + 2 * j / 5] for i in range(8) for j in range(6)])
    t = perceptron(positions, "trunk", [2, 5, 3], leaky_relu)
    return mask * (b @ t.T).reshape(2, 1, 8, 6)


@golden("deeponet_plate")
def _():
    def batch_norm(x, name, size):
        # As made: running mean 0 and variance 1.
        return x / np.sqrt(1 + 1e-5) * weight(name + ".weight", size) + weight(name + ".bias", size)

    def swish(x):
        return x * sigmoid(x)

    def selu(x):
        return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))

    def hidden(x, name, i, widths):
        return swish(batch_norm(linear(x, f"{name}.linear{i}", widths[i], widths[i + 1]), f"{name}.norm{i}", widths[i + 1]))

    mask = (numbers("mask", 3, 1, 4, 3) > 0).astype(float)
    b, of_branch = numbers("parameters", 3, 2), [2, 4, 3, 3]
    for i in range(2):
        b = hidden(b, "branch.perceptron", i, of_branch)
    b = selu(linear(b, "branch.perceptron.linear2", 3, 3))
    of_trunk = [2, 4, 5, 4, 3, 3]
    t = [np.array([[-1 + 2 * i / 3, -1 + j] for i in range(4) for j in range(3)])]
    for i in range(4):
        t.append(hidden(t[i], "trunk", i, of_trunk))
        if i >= 2:
            t[-1] = t[-1] + linear(t[i - 1], f"trunk.projection{i}", of_trunk[i - 1], of_trunk[i + 1])
    return mask * (b @ linear(t[-1], "trunk.linear4", 3, 3).T).reshape(3, 1, 4, 3)


# FNO: fields with the channels last, transforms mode by mode


def spectral_product(x, w, counts, sizes):
    """sum_k a_k Re(w(k) X(k) exp(i theta)) of the modes w (counts..., in, out) or (counts..., channels), on grid `sizes`."""
    grid = x.shape[1:-1]
    d = len(grid)

    def wave(k, points):
        angle = sum((k[a] * np.arange(points[a]) / points[a]).reshape([-1 if b == a else 1 for b in range(d)]) for a in range(d))
        return np.exp(2j * np.pi * angle)[None, ..., None]

    y = np.zeros((x.shape[0], *sizes, w.shape[-1]))
    common = [min(c, n, m) for c, n, m in zip(counts[:-1], grid, sizes)]
    common.append(min(counts[-1], grid[-1] // 2 + 1, sizes[-1] // 2 + 1))
    for k in np.ndindex(*common):
        k = [p - c // 2 for p, c in zip(k[:-1], common)] + [k[-1]]
        spectrum = (x * wave(k, grid).conj()).mean(tuple(range(1, d + 1)))
        matrix = w[tuple(q + c // 2 for q, c in zip(k[:-1], counts)) + (k[-1],)]
        answer = spectrum * matrix if matrix.ndim == 1 else spectrum @ matrix
        once = k[-1] == 0 or 2 * k[-1] in (grid[-1], sizes[-1])
        y += (1 if once else 2) * (answer.reshape((-1,) + (1,) * d + (answer.shape[-1],)) * wave(k, sizes)).real
    return y


def resampled(x, sizes):
    counts = list(x.shape[1:-2]) + [x.shape[-2] // 2 + 1]
    return x if x.shape[1:-1] == tuple(sizes) else spectral_product(x, np.ones((*counts, x.shape[-1])), counts, sizes)


def complex_weight(name, *shape):
    w = weight(name, *shape, 2)
    return w[..., 0] + 1j * w[..., 1]


def spectral_weights(name, extents, factorization, rank, separable):
    axes = len(extents) - (1 if separable else 2)
    if factorization is None:
        modes = int(np.prod(extents[:axes]))
        w = weight(name + ".weight", modes, *extents[axes:-1], 2, extents[-1])
        return (w[..., 0, :] + 1j * w[..., 1, :]).reshape(extents)
    numbers_kept = rank * np.prod(extents)
    letters = "abcde"[:len(extents)]
    if factorization == "cp":
        r = int(numbers_kept / sum(extents))
        factors = [complex_weight(f"{name}.factor{i}", n, r) for i, n in enumerate(extents)]
        return np.einsum(",".join(l + "z" for l in letters) + "->" + letters, *factors)
    for share in np.arange(10000, -1, -1) / 10000:
        ranks = [min(max(int(share * n + 0.5), 1), n) for n in extents]
        if np.prod(ranks) + sum(r * n for r, n in zip(ranks, extents)) <= numbers_kept:
            break
    factors = [complex_weight(f"{name}.factor{i}", n, r) for i, (n, r) in enumerate(zip(extents, ranks))]
    return np.einsum("vwxyz"[:len(extents)] + "," + ",".join(l + m for l, m in zip(letters, "vwxyz")) + "->" + letters,
                     complex_weight(name + ".core", *ranks), *factors)


def fno(grid, n_modes, cin=1, cout=1, layers=2, padding=0, norm=None, preactivation=False, separable=False, held=None,
        factorization=None, rank=1, scaling=None, output_grid=None):
    d, h = len(grid), 4
    every = tuple(range(1, d + 1))
    output_grid = output_grid or grid
    padded = [[n + int(padding * n + 0.5) for n in sizes] for sizes in (grid, output_grid)]

    def normalised(x, name):
        if norm is None:
            return x
        over = every + (d + 1,) if norm == "group" else every
        x = (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + 1e-5)
        if norm == "group":
            return x * weight(name + ".weight", h) + weight(name + ".bias", h)
        if norm == "instance":
            return x
        both = linear(gelu(linear(numbers("parameters", 2, 2), name + ".network.first", 2, 5)), name + ".network.last", 5, 2 * h)
        both = both.reshape((2,) + (1,) * d + (2 * h,))
        return x * both[..., :h] + both[..., h:]

    u = np.moveaxis(numbers("fields", 2, cin, *grid), 1, -1)
    coordinates = [np.broadcast_to((np.arange(n) / n).reshape([-1 if b == a else 1 for b in range(d)]), grid) for a, n in enumerate(grid)]
    u = np.concatenate([u, np.broadcast_to(np.stack(coordinates, -1), (2, *grid, d))], -1)
    x = linear(gelu(linear(u, "lifting.first", cin + d, 2 * h)), "lifting.last", 2 * h, h)
    x = np.pad(x, [(0, 0)] + [(0, m - n) for n, m in zip(grid, padded[0])] + [(0, 0)])
    sizes = padded[0]
    counts = [list(n[:-1]) + [n[-1] // 2 + 1] for n in (n_modes, held or n_modes)]
    for layer in range(layers):
        name = f"block{layer}"
        last = layer + 1 == layers
        sizes = padded[1] if last else [int(scaling[layer] * n + 0.5) for n in sizes] if scaling else sizes
        w = spectral_weights(name + ".conv", counts[1] + [h] * (1 if separable else 2), factorization, rank, separable)
        # The lowest of the modes that are held.
        first = [m // 2 - n // 2 for n, m in zip(counts[0][:-1], counts[1])] + [0]
        w = w[tuple(slice(f, f + n) for f, n in zip(first, counts[0]))]
        if preactivation:
            x = normalised(gelu(x), name + ".norm")
        around = resampled(x, sizes)
        y = spectral_product(x, w, counts[0], sizes) + weight(name + ".conv.bias", h)
        if not preactivation:
            y = normalised(y, name + ".norm")
        y = y + around @ weight(name + ".skip.linear.weight", h, h).T
        y = y if last else gelu(y)
        if preactivation:
            y = normalised(y, name + ".mlp_norm")
        y = linear(gelu(linear(y, name + ".mlp.first", h, h // 2)), name + ".mlp.last", h // 2, h)
        y = y + weight(name + ".mlp_skip.gate", h) * around
        if not preactivation:
            y = normalised(y, name + ".mlp_norm")
            y = y if last else gelu(y)
        x = y
    x = x[(slice(None), *(slice(0, n) for n in output_grid))]
    return np.moveaxis(linear(gelu(linear(x, "projection.first", h, 2 * h)), "projection.last", 2 * h, cout), -1, 1)


for _name, _options in {
    "fno_1d": dict(grid=[11], n_modes=[5]),
    "fno_all_modes": dict(grid=[16], n_modes=[16], layers=3),
    "fno": dict(grid=[8, 7], n_modes=[6, 4], cin=2),
    "fno_odd_even": dict(grid=[7, 8], n_modes=[7, 8]),
    "fno_even": dict(grid=[8, 6], n_modes=[8, 6], cout=2),
    "fno_padded": dict(grid=[9, 10], n_modes=[5, 6], padding=0.25),
    "fno_3d": dict(grid=[4, 5, 6], n_modes=[3, 4, 6]),
    "fno_group_norm": dict(grid=[8, 7], n_modes=[6, 4], cin=2, norm="group"),
    "fno_instance_norm": dict(grid=[8, 7], n_modes=[6, 4], cin=2, norm="instance"),
    "fno_ada_in": dict(grid=[8, 7], n_modes=[6, 4], cin=2, norm="ada_in"),
    "fno_preactivation": dict(grid=[8, 7], n_modes=[6, 4], cin=2, norm="group", preactivation=True),
    "fno_separable": dict(grid=[8, 7], n_modes=[6, 4], cin=2, separable=True),
    "fno_separable_cp": dict(grid=[11], n_modes=[5], separable=True, factorization="cp", rank=0.8),
    "fno_tucker": dict(grid=[8, 7], n_modes=[6, 4], cin=2, factorization="tucker", rank=0.5),
    "fno_cp": dict(grid=[8, 7], n_modes=[6, 4], cin=2, factorization="cp", rank=0.5),
    "fno_max_n_modes": dict(grid=[8, 7], n_modes=[3, 4], cin=2, held=[6, 7]),
    "fno_scaled": dict(grid=[8, 7], n_modes=[6, 4], cin=2, scaling=[0.5, 2]),
    "fno_finer": dict(grid=[8, 7], n_modes=[8, 7], cin=2, output_grid=[9, 12]),
    "fno_coarser": dict(grid=[8, 8], n_modes=[8, 8], output_grid=[6, 5]),
}.items():
    golden(_name)(lambda: fno(**_options))


# Sparse measurements: two samples of 5 points, of which the second has 3, and 3 queries, in two dimensions; values with
# two channels


def sets():
    x, y = numbers("points", 2, 5, 2), numbers("values", 2, 5, 2)
    return [(x[0], y[0]), (x[1, :3], y[1, :3])], numbers("queries", 3, 2)


def attend(x, to, name, h, heads):
    q, k, v = (linear(t, f"{name}.{part}", h, h) for t, part in ((x, "query"), (to, "key"), (to, "value")))
    d = h // heads
    columns = [slice(i * d, (i + 1) * d) for i in range(heads)]
    each = [softmax(q[:, c] @ k[:, c].T / np.sqrt(d)) @ v[:, c] for c in columns]
    return linear(np.concatenate(each, 1), name + ".output", h, h)


def transformer_layer(x, name, h, heads, memory=None):
    x = layer_norm(x + attend(x, x, name + ".self", h, heads), name + ".norm0", h)
    if memory is not None:
        x = layer_norm(x + attend(x, memory, name + ".cross", h, heads), name + ".norm1", h)
    hidden = linear(relu(linear(x, name + ".expand", h, 2 * h)), name + ".contract", 2 * h, h)
    return layer_norm(x + hidden, name + (".norm1" if memory is None else ".norm2"), h)


def tokens(x, y, queries, joint, h):
    if joint:
        return perceptron(np.concatenate([x, y], 1), "context", [4, h, h, h]), perceptron(queries, "query", [2, h, h, h])
    context = perceptron(x, "position", [2, h, h, h]) + perceptron(y, "value", [2, h, h, h])
    return context, perceptron(queries, "position", [2, h, h, h])


def answer(x, joint, h):
    return perceptron(x, "decoder", [h, h, h, 1] if joint else [h, h, 1])


def set_transformer(joint):
    samples, queries = sets()
    out = []
    for x, y in samples:
        context, asked = tokens(x, y, queries, joint, 4)
        t = np.concatenate([context, asked])
        for i in range(2):
            t = transformer_layer(t, f"layer{i}", 4, 2)
        out.append(answer(t[len(x):], joint, 4))
    return np.array(out)


@golden("set_transformer")
def _():
    return set_transformer(True)


@golden("set_transformer_shared")
def _():
    return set_transformer(False)


@golden("encoder_decoder")
def _():
    samples, queries = sets()
    out = []
    for x, y in samples:
        memory, t = tokens(x, y, queries, True, 4)
        for i in range(2):
            memory = transformer_layer(memory, f"encoder{i}", 4, 2)
        memory = layer_norm(memory, "encoder_norm", 4)
        for i in range(2):
            t = transformer_layer(t, f"decoder_layer{i}", 4, 2, memory)
        out.append(answer(layer_norm(t, "decoder_norm", 4), True, 4))
    return np.array(out)


@golden("neural_process")
def _():
    samples, queries = sets()
    asked = perceptron(queries, "query", [2, 4, 4, 4])
    out = []
    for x, y in samples:
        mean = perceptron(np.concatenate([x, y], 1), "encoder", [4, 4, 4, 4]).mean(0)
        out.append(perceptron(np.concatenate([np.tile(mean, (3, 1)), asked], 1), "decoder", [8, 4, 4, 1]))
    return np.array(out)


@golden("kernel_average")
def _():
    samples, queries = sets()
    s = np.log1p(np.exp(perceptron(queries, "scale", [2, 5, 2]))) / (2 * np.log(2) * 0.5**2)
    out = []
    for x, y in samples:
        exponent = -(((x[None] - queries[:, None]) ** 2) * s[:, None]).sum(2)
        out.append(softmax(exponent) @ y[:, :1])
    return np.array(out)


@golden("nearest_neighbours")
def _():
    samples, queries = sets()
    out = []
    for x, y in samples:
        nearest = np.argsort(((x[None] - queries[:, None]) ** 2).sum(2), 1)[:, :4]
        out.append([y[row, :1].mean(0) for row in nearest])
    return np.array(out)


@golden("graph_element")
def _():
    samples, queries = sets()
    nodes, sharpness = weight("nodes", 9, 2), np.exp(weight("sharpness", 1))
    edges = [(m, n) for m in range(9) for n in range(9) if abs(m // 3 - n // 3) + abs(m % 3 - n % 3) == 1]

    def assignment(x):
        return softmax(-sharpness * ((x[:, None] - nodes[None]) ** 2).sum(2))

    out = []
    for x, y in samples:
        h = assignment(x).T @ perceptron(np.concatenate([x, y], 1), "encoder", [4, 4, 4, 4])
        for _ in range(2):
            total = np.zeros_like(h)
            for m, n in edges:
                total[n] += perceptron(np.concatenate([h[m], h[n], nodes[m] - nodes[n]]), "message", [10, 4, 4])
            h = layer_norm(h + perceptron(np.concatenate([h, total], 1), "update", [8, 4, 4]), "norm", 4)
        out.append(perceptron(np.concatenate([assignment(queries) @ h, queries], 1), "decoder", [6, 4, 4, 1]))
    return np.array(out)


# Baselines on grids


@golden("mlp")
def _():
    u = numbers("fields", 2, 2, 3, 2)
    return perceptron(u.reshape(2, 12), "perceptron", [12, 5, 6], gelu)


@golden("unet")
def _():
    def block(x, name, out):
        for i in range(2):
            x = normalise(convolve(x, f"{name}.convolution{i}", out, "zeros", 1, True), f"{name}.norm{i}", (out,))
            x = gelu(x)
        return x

    def interpolate(y, axis, n):
        """Cell centres (i + 1/2) / n among those of y, held beyond the outermost."""
        m = y.shape[axis]
        at = np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1)
        low = np.minimum(at.astype(int), m - 2)
        part = (at - low).reshape([-1 if a == axis else 1 for a in range(y.ndim)])
        return y.take(low, axis) * (1 - part) + y.take(low + 1, axis) * part

    x = block(numbers("fields", 2, 2, 7, 4), "down0", 2)
    half = sum(x[:, :, a:6:2, b:4:2] for a in (0, 1) for b in (0, 1)) / 4
    y = interpolate(interpolate(block(half, "down1", 4), 2, 7), 3, 4)
    return over_channels(block(np.concatenate([x, y], 1), "up0", 2), "head", 1, True)



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

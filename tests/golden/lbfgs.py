#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A regression by a small network, and the least loss that SciPy finds from given weights.

    lbfgs.py            writes lbfgs.txt beside it
    lbfgs.py --check    compares with it; exit code 1 if they differ, 77 without SciPy

net(x) = c_1 tanh(a_1 x + b_1) + c_2 tanh(a_2 x + b_2) + d; the loss is the mean of (net(x) - y)^2 plus 1e-3 of the sum of
the squares of all weights, without which flat valleys would hide where an optimiser ends.
"""
import sys
from pathlib import Path

try:
    import numpy as np
    from scipy.optimize import minimize
except ImportError:
    print("SciPy")
    sys.exit(77)

HIDDEN, POINTS = 2, 24
x = np.linspace(-2, 2, POINTS)
y = np.sin(2 * x) + 0.3 * x
start = np.array([-0.8, 0.5, 0.3, -0.6, 0.9, 0.4, -0.2])


def loss(w):
    a, b, c, d = w[:HIDDEN], w[HIDDEN:2 * HIDDEN], w[2 * HIDDEN:3 * HIDDEN], w[-1]
    h = np.tanh(np.outer(x, a) + b)
    r = h @ c + d - y
    g = 2 * r / POINTS
    back = np.outer(g, c) * (1 - h**2)
    gradient = np.concatenate([x @ back, back.sum(0), h.T @ g, [g.sum()]])
    return np.mean(r**2) + 1e-3 * w @ w, gradient + 2e-3 * w


values = [
    minimize(loss, start, jac=True, method="L-BFGS-B", options=dict(ftol=1e-16, gtol=1e-10, maxiter=5000)).fun,
    minimize(loss, start, jac=True, method="BFGS", options=dict(gtol=1e-9, maxiter=5000)).fun,
]
assert abs(values[0] - values[1]) < 1e-11 * values[0], values  # one minimum, whichever way

path = Path(__file__).with_name("lbfgs.txt")
if "--check" in sys.argv:
    stored = dict((line.split()[0], [float(v) for v in line.split()[1:]]) for line in path.read_text().splitlines())
    same = np.allclose(stored["value"], min(values), rtol=1e-10, atol=0) and np.array_equal(stored["start"], start)
    sys.exit(0 if same and np.allclose(stored["x"], x) and np.allclose(stored["y"], y) else 1)
rows = {"x": x, "y": y, "start": start, "value": [min(values)]}
path.write_text("".join(name + " " + " ".join(f"{v:.17g}" for v in row) + "\n" for name, row in rows.items()))

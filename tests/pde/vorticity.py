# SPDX-License-Identifier: MIT
"""An independent solution of the vorticity equation: python3 vorticity.py n viscosity forcing steps duration.

Reads the initial vorticity (y, x) from initial.txt and writes that after `duration` to final.txt. Another form of the
equation (u w_x + v w_y, complex transforms), all modes summed on a grid of twice the size instead of the 2/3 rule's
padding, and the classic Runge-Kutta method for the whole right-hand side.
"""

import sys

try:
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)

n, steps = int(sys.argv[1]), int(sys.argv[4])
viscosity, forcing, duration = float(sys.argv[2]), float(sys.argv[3]), float(sys.argv[5])
cutoff = (n - 1) // 3
k = np.fft.fftfreq(n, 1 / n)
kx, ky = np.meshgrid(k, k)
kept = (abs(kx) <= cutoff) & (abs(ky) <= cutoff)
dx, dy = 2j * np.pi * kx, 2j * np.pi * ky
square = 4 * np.pi**2 * (kx**2 + ky**2)
inverse = np.where(square > 0, 1 / np.where(square > 0, square, 1), 0)
x, y = np.meshgrid(np.arange(n) / n, np.arange(n) / n)
f = np.fft.fft2(forcing * (np.sin(2 * np.pi * (x + y)) + np.cos(2 * np.pi * (x + y))))


def fine(modes):
    """Values on a grid of twice the points."""
    m = 2 * n
    padded = np.zeros((m, m), complex)
    index = np.fft.fftfreq(n, 1 / n).astype(int)
    padded[np.ix_(index, index)] = modes * kept
    return np.fft.ifft2(padded).real * 4


def coarse(values):
    index = np.fft.fftfreq(n, 1 / n).astype(int)
    return np.fft.fft2(values)[np.ix_(index, index)] / 4 * kept


def rate(w):
    psi = w * inverse
    return coarse(fine(-dy * psi) * fine(dx * w) + fine(dx * psi) * fine(dy * w)) + f - viscosity * square * w


w = np.fft.fft2(np.loadtxt("initial.txt").reshape(n, n)) * kept
h = duration / steps
for _ in range(steps):
    a = rate(w)
    b = rate(w + h / 2 * a)
    c = rate(w + h / 2 * b)
    d = rate(w + h * c)
    w = w + h / 6 * (a + 2 * b + 2 * c + d)
np.savetxt("final.txt", np.fft.ifft2(w).real.ravel(), fmt="%.17g")

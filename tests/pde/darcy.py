# SPDX-License-Identifier: MIT
"""An independent Darcy solve by SciPy: python3 darcy.py n vertex|cell harmonic|arithmetic.

Reads the coefficient (y, x) from coefficient.txt and writes the solution at the unknowns to solution.txt. The operator
is G^T diag(a on faces) G with rectangular gradients G, the boundary's zeros included as columns that are left out.
"""

import sys

try:
    import numpy as np
    import scipy.sparse as sp
    import scipy.sparse.linalg as spla
except ImportError as error:
    print(error.name)
    sys.exit(77)

n, centring, faces = int(sys.argv[1]), sys.argv[2], sys.argv[3]
a = np.loadtxt("coefficient.txt").reshape(n, n)
mean = (lambda p, q: 2 * p * q / (p + q)) if faces == "harmonic" else (lambda p, q: (p + q) / 2)
if centring == "vertex":
    h, m = 1 / (n - 1), n - 2
    lengths = np.full(m + 1, h)
    ax = mean(a[1:-1, 1:], a[1:-1, :-1])
    ay = mean(a[1:, 1:-1], a[:-1, 1:-1])
else:
    h, m = 1 / n, n
    lengths = np.full(m + 1, h)
    lengths[[0, -1]] = h / 2
    ax = np.hstack([a[:, :1], mean(a[:, 1:], a[:, :-1]), a[:, -1:]])
    ay = np.vstack([a[:1, :], mean(a[1:, :], a[:-1, :]), a[-1:, :]])
line = sp.diags([np.ones(m), -np.ones(m)], [0, -1], shape=(m + 1, m))
weights = sp.diags(1 / (lengths * h))  # a difference per distance, summed per width of a volume
gx, gy = sp.kron(sp.identity(m), line), sp.kron(line, sp.identity(m))
wx, wy = sp.kron(sp.identity(m), weights), sp.kron(weights, sp.identity(m))
operator = gx.T @ sp.diags(ax.ravel()) @ wx @ gx + gy.T @ sp.diags(ay.ravel()) @ wy @ gy
np.savetxt("solution.txt", spla.spsolve(operator.tocsc(), np.ones(m * m)), fmt="%.17g")

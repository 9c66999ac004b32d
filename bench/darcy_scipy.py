# SPDX-License-Identifier: MIT
"""Darcy flow by floe and by SciPy's spsolve, on one core, on the same systems, in one run.

    OMP_NUM_THREADS=1 /usr/bin/python3 bench/darcy_scipy.py build/release/floe [resolution=241] [samples=3]

floe makes a dataset on one thread; its time per sample is the processor time of the whole command, from its start to the
file, over the number of samples. spsolve gets each matrix assembled, in its default ordering (COLAMD) and in the
one made for symmetric patterns (MMD_AT_PLUS_A). Times are processor times, the shortest of a few. Both must meet a
relative residual of 1e-10 in the same matrix.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spla

floe = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 241
samples = int(sys.argv[3]) if len(sys.argv) > 3 else 3


def generate(path, count):
    command = [floe, "data", "generate", "darcy", f"count={count}", f"resolution={n}", "seed=1", "precision=float64",
               "--threads", "1", "-o", str(path)]
    path.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def system(a):
    """Arithmetic faces on vertices, u = 0 outside, times h^2."""
    m = n - 2
    east = 0.5 * (a[1:-1, 1:] + a[1:-1, :-1])  # faces left and right of the inner points
    north = 0.5 * (a[1:, 1:-1] + a[:-1, 1:-1])
    diagonal = (east[:, 1:] + east[:, :-1] + north[1:, :] + north[:-1, :]).ravel()
    along_x = np.hstack([east[:, 1:-1], np.zeros((m, 1))]).ravel()[:-1]
    along_y = north[1:-1, :].ravel()
    return sp.diags([diagonal, -along_x, -along_x, -along_y, -along_y], [0, 1, -1, m, -m], format="csc")


def residual(matrix, u, f):
    return np.linalg.norm(f - matrix @ u) / np.linalg.norm(f)


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "darcy.h5"
    count = max(samples, 100 * 241**2 // n**2)
    ours = min(generate(path, count) for _ in range(3)) / count
    with h5py.File(path) as file:
        coefficients = file["inputs/coefficient"][:samples]
        solutions = file["outputs/solution"][:samples]

h = 1.0 / (n - 1)
f = np.full((n - 2) ** 2, h * h)
theirs = {"COLAMD": [], "MMD_AT_PLUS_A": []}
worst = {"floe": 0.0, "spsolve": 0.0, "difference": 0.0}
for a, u in zip(coefficients, solutions):
    matrix = system(a)
    inner = u[1:-1, 1:-1].ravel()
    worst["floe"] = max(worst["floe"], residual(matrix, inner, f))
    for ordering, times in theirs.items():
        start = time.process_time()
        x = spla.spsolve(matrix, f, permc_spec=ordering)
        times.append(time.process_time() - start)
        worst["spsolve"] = max(worst["spsolve"], residual(matrix, x, f))
    worst["difference"] = max(worst["difference"], np.linalg.norm(inner - x) / np.linalg.norm(x))

print(f"Darcy, {n} x {n}, one core, {samples} samples")
print(f"  relative residuals: floe {worst['floe']:.1e}, spsolve {worst['spsolve']:.1e}; "
      f"solutions differ by {worst['difference']:.1e}")
print(f"  floe, random field, file and start of the command included: {1e3 * ours:.1f} ms per sample of {count}")
for ordering, times in theirs.items():
    print(f"  spsolve, {ordering}: {1e3 * min(times):.0f} ms, ratio {min(times) / ours:.1f}")
if worst["floe"] > 1e-10:
    sys.exit("floe misses the residual of 1e-10")

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes array files of one container with numpy or scipy, and what numpy reads in them.

    write_containers.py npy|npz|mat <folder>

`<folder>/manifest.txt` has a line per case: file, array, shape, start, count, stride, file with the expected float64
values in C order; axes are separated by commas, "-" stands for none. Exit code 77: a module is missing.
"""
import sys
import zipfile
from pathlib import Path

try:
    import numpy as np
    import scipy.io
except ImportError as error:
    print(error.name)
    sys.exit(77)

kind, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(20)
manifest = []


def joined(numbers):
    return ",".join(str(n) for n in numbers) or "-"


def expect(file, name, array):
    """The whole array and two random selections of it."""
    array = np.asarray(array)
    selections = [([0] * array.ndim, array.shape, [1] * array.ndim)]
    for _ in range(2):
        stride = [int(random.integers(1, max(2, n // 2 + 1))) for n in array.shape]
        start = [int(random.integers(0, n)) for n in array.shape if n]
        if len(start) < array.ndim:
            continue
        count = [int(random.integers(1, (n - 1 - s) // d + 2)) for n, s, d in zip(array.shape, start, stride)]
        selections.append((start, count, stride))
    for start, count, stride in selections:
        part = array[tuple(slice(s, s + (c - 1) * d + 1 if c else 0, d) for s, c, d in zip(start, count, stride))]
        assert part.shape == tuple(count)
        target = f"expected_{len(manifest)}.bin"
        (folder / target).write_bytes(np.ascontiguousarray(part, dtype="<f8").tobytes())
        manifest.append(" ".join([file, name, joined(array.shape), joined(start), joined(count), joined(stride), target]))


def numbers(shape, dtype):
    """Values that use the width of the type, with its special ones."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, shape, dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)
    values = random.standard_normal(shape).astype(dtype)
    if values.size > 8:
        special = [np.inf, -np.inf, np.finfo(dtype).max, np.finfo(dtype).tiny, np.finfo(dtype).tiny / 4, -0.0]
        values.flat[: len(special)] = np.array(special, dtype)
    return values


TYPES = ["?", "i1", "u1", "<i2", ">i2", "<u2", ">u4", "<i4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]
SHAPES = [(), (17,), (5, 7), (1, 6, 1), (3, 4, 5), (2, 3, 4, 5), (0, 3)]

if kind == "npy":
    def save(array, version=None):
        name = f"a{len(list(folder.glob('*.npy')))}"
        with open(folder / f"{name}.npy", "wb") as file:
            np.lib.format.write_array(file, array, version=version)
        expect(f"{name}.npy", name, np.load(folder / f"{name}.npy"))

    for dtype in TYPES:
        save(numbers((5, 7), dtype))
    for shape in SHAPES:
        save(numbers(shape, "<f8"))
        save(np.asfortranarray(numbers(shape, "<f4")))
    for version in [(1, 0), (2, 0), (3, 0)]:
        save(numbers((4, 3), ">f4"), version)
    # More than one window of the reader, in both orders.
    big = random.standard_normal((37, 83, 101))
    save(big)
    save(np.asfortranarray(big))
    # Refused by name.
    np.save(folder / "complex.npy", np.zeros(3, complex))
    np.save(folder / "object.npy", np.array([{}, 1], object), allow_pickle=True)
    np.save(folder / "text.npy", np.array(["a", "bc"]))
    np.save(folder / "record.npy", np.zeros(3, [("x", "f4"), ("y", "i2", (2, 2))]))
elif kind == "npz":
    arrays = {f"a{i}": numbers((5, 7), dtype) for i, dtype in enumerate(TYPES)}
    arrays |= {f"b{i}": numbers(shape, "<f8") for i, shape in enumerate(SHAPES)}
    arrays["fortran"] = np.asfortranarray(numbers((6, 5, 4), "<f4"))
    arrays["big"] = random.standard_normal((37, 83, 101))
    # Beyond what is kept in memory when it is inflated, and compressible.
    arrays["long"] = np.arange(5_000_000, dtype="<i8") // 1000
    np.savez(folder / "stored.npz", **{k: v for k, v in arrays.items() if k != "long"})
    np.savez_compressed(folder / "deflated.npz", **arrays)
    with zipfile.ZipFile(folder / "zip64.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"a comment"
        archive.writestr("notes.txt", "not an array")
        for name in ["a3", "fortran"]:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, arrays[name])
    # No sizes in the local headers: the archive was written to a pipe.
    class Pipe:
        def __init__(self, file): self.file = file
        def write(self, data): return self.file.write(data)
        def flush(self): self.file.flush()
    with open(folder / "piped.npz", "wb") as file:
        with zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("a11.npy", "w") as member:
                np.lib.format.write_array(member, arrays["a11"])
    for file in ["stored.npz", "deflated.npz", "zip64.npz", "piped.npz"]:
        with np.load(folder / file) as loaded:
            for name in sorted(loaded.files):
                if name in arrays:
                    expect(file, name, loaded[name])
    np.savez(folder / "object.npz", X=np.array([{}, 1], object), y=np.zeros(3))
    with zipfile.ZipFile(folder / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
        with archive.open("a.npy", "w") as member:
            np.lib.format.write_array(member, arrays["a3"])
elif kind == "mat":
    native = [t for t in TYPES if not t.startswith(">") and t != "<f2"]
    arrays = {f"a{i}": numbers((5, 7), dtype) for i, dtype in enumerate(native)}
    arrays |= {f"b{i}": numbers(shape, "<f8") for i, shape in enumerate(SHAPES) if len(shape) != 0}
    arrays["scalar"] = np.array([[2.5]])
    arrays["a_very_long_name_of_an_array_63_x"] = numbers((3, 4, 5), "<f4")
    arrays["big"] = random.standard_normal((37, 83, 101))
    # Sample axis first, hence fastest in the file, far apart in each sample.
    arrays["coeff"] = random.standard_normal((300, 17, 13))
    others = {"structure": {"field": np.arange(3.0)}, "text": "hello", "cells": np.array([[1, "a"]], object),
              "complex": np.array([[1 + 2j]]), "sparse": scipy.sparse.eye(3, format="csc")}
    for file, compressed in [("plain.mat", False), ("compressed.mat", True)]:
        scipy.io.savemat(folder / file, arrays | others, do_compression=compressed, oned_as="row", long_field_names=True)
        loaded = scipy.io.loadmat(folder / file)
        for name in arrays:
            expect(file, name, loaded[name])
    scipy.io.savemat(folder / "old.mat", {"a": np.zeros((2, 3))}, format="4")
else:
    sys.exit(__doc__)
(folder / "manifest.txt").write_text("\n".join(manifest) + "\n")

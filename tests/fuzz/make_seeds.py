#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes small valid files for the fuzz targets to begin with: make_seeds.py <folder>, a folder per target in it.

Exit code 77: a module is missing.
"""
import json
import re
import sys
import zipfile
from pathlib import Path

try:
    import h5py
    import numpy as np
    import scipy.io
    import scipy.sparse
except ImportError as error:
    print(error.name)
    sys.exit(77)

root = Path(sys.argv[1])
random = np.random.default_rng(3)


def folder(target):
    path = root / target
    path.mkdir(parents=True, exist_ok=True)
    return path


def sample(*shape):
    return random.standard_normal(shape).astype("f4")


for i, array in enumerate([sample(3, 4), np.asfortranarray(sample(2, 3, 2)), np.arange(5, dtype=">i8"), np.ones((2, 2), "?"),
                           np.zeros(3, "f2"), np.array(1.5), np.zeros(2, complex), np.array(["a", "b"]),
                           np.zeros(2, [("x", "f4"), ("y", "i2", (2,))])]):
    with open(folder("npy") / f"{i}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=[(1, 0), (2, 0), (3, 0)][i % 3])
np.savez(folder("npz") / "stored.npz", x=sample(3, 4), y=sample(3, 4))
np.savez_compressed(folder("npz") / "deflated.npz", x=np.zeros((30, 40)), y=sample(3))
np.savez(folder("npz") / "deepxde.npz", X0=sample(3, 4), X1=sample(5, 2), y=sample(3, 5))
with zipfile.ZipFile(folder("npz") / "zip64.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.comment = b"comment"
    with archive.open("a.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array(file, sample(4))
arrays = {"coeff": sample(3, 4, 4), "sol": random.integers(0, 9, (3, 4, 4)), "t": np.arange(3.0), "flag": np.array([True])}
others = {"s": {"a": 1.0}, "c": np.array([[1, "a"]], object), "z": np.array([1j]), "m": scipy.sparse.eye(3), "w": "text"}
for compressed in (False, True):
    scipy.io.savemat(folder("mat5") / f"arrays{compressed:d}.mat", arrays, do_compression=compressed)
    scipy.io.savemat(folder("mat5") / f"others{compressed:d}.mat", others, do_compression=compressed)
(folder("csv") / "plain.csv").write_text("a,b\n1,2\n3.5e3,nan\n")
(folder("csv") / "quoted.csv").write_bytes(b'\xef\xbb\xbf"a ""x""",b\r\n"1,\n",\r\n')
header = "LAT,LONG,TRACK_ALTITUDE,UNIX_TIME,WIND_SPEED,WIND_ORIGIN_ANGLE_DEG,FLIGHT_ID,DAY\n"
rows = "".join(f"46,7,100,{60 * i},{i % 30},20,F{i % 3},0\n" for i in range(40))
(folder("skysoft") / "day.csv").write_text(header + rows)
(folder("json") / "case.json").write_text(json.dumps({"vel_top": 1.5, "density": 2, "name": "x", "deep": [[{"a": None}]]}))
room = {"unnorm_boxes": [[0.1, 0.2, 0.3, 0.4, 5.0]], "boxes": [[1, 2, 3, 4, 5]], "exterior_temp": 3.0}
(folder("json") / "desc.json").write_text(json.dumps([room, room]))
(folder("toml") / "config.toml").write_text('task = "flow"\n[train]\nsizes = ["8x8"]\nx = 1e-3\n[quick]\ntrain.x = 2\n')

# LZF: the size of a chunk and the chunk as h5py stores it.
with h5py.File(root / "scratch.h5", "w") as file:
    for name, values in (("steps", np.arange(40) // 9), ("zeros", np.zeros(200)), ("noise", sample(30))):
        array = file.create_dataset(name, data=values, chunks=values.shape, compression="lzf")
        (folder("lzf") / name).write_bytes(values.nbytes.to_bytes(2, "little") + array.id.read_direct_chunk((0,))[1])
(root / "scratch.h5").unlink()

# Layouts: choices among the lists in fuzz_layouts.cpp, by their places, in the order in which it asks for them.
here = Path(__file__).parent
target_text = (here / "fuzz_layouts.cpp").read_text()
formats = re.findall(r'^    \{"([\w-]+)",', (here / "../../src/io/readers/source.cpp").read_text(), re.MULTILINE)
names, keys = (re.findall(r'"([^"]*)"', re.search(name + r"\[\] = \{(.*?)\};", target_text, re.DOTALL)[1])
               for name in ("names", "keys"))
extents = [int(n) for n in re.search(r"extents\[\] = \{(.*?)\}", target_text)[1].split(",")]
ONE, TWO, BOTH, FIRST, XY = 0, 2, 3, 4, 5  # of `settings`


def layout(format, arrays, groups=({}, {}, {}), rest=b""):
    def attributes(values):
        return [len(values)] + [choice for key, value in values.items() for choice in (keys.index(key), value)]

    choices = [formats.index(format), 0, len(arrays) - 1]
    for name, (shape, values) in arrays.items():
        choices += [names.index(name), len(shape), *map(extents.index, shape), 0, *attributes(values)]
    for values in groups:
        choices += attributes(values)
    (folder("layouts") / format).write_bytes(bytes(choices + [0]) + rest)


layout("gen_poisson", {"0-IN": ((2, 3, 2), {}), "0-OUT": ((2, 3, 1), {})}, rest=json.dumps([room, room]).encode())
layout("the_well", {"dimensions/time": ((3,), {}), "dimensions/x": ((4,), {}), "dimensions/y": ((5,), {}),
                    "t0_fields/f": ((2, 3, 4, 5), {"sample_varying": ONE, "dim_varying": BOTH}),
                    "t1_fields/g": ((2, 3, 4, 2), {"dim_varying": FIRST}), "scalars/s": ((2,), {"sample_varying": ONE})},
       ({"n_trajectories": TWO}, {"spatial_dims": XY}, {}))
layout("pdebench_flat", {"tensor": ((3, 4, 5), {}), "x-coordinate": ((5,), {}), "t-coordinate": ((5,), {})})
layout("pdebench_darcy", {"nu": ((3, 4, 4), {}), "tensor": ((3, 1, 4, 4), {}), "x-coordinate": ((4,), {})})
layout("pdebench_cfd", {"density": ((2, 3, 4), {}), "pressure": ((2, 3, 4), {}), "Vx": ((2, 3, 4), {}), "x-coordinate": ((4,), {})})
layout("pdebench_grouped", {"0000/data": ((3, 4, 4, 1), {}), "0001/data": ((3, 4, 4, 1), {}), "0000/grid/x": ((4,), {})})
layout("pdebench_incompressible", {"velocity": ((2, 3, 4, 4, 2), {}), "particles": ((2, 3, 4, 4, 1), {}), "t": ((2, 3), {}),
                                   "force": ((2, 4, 4, 2), {})})
layout("pdegym", {"velocity": ((2, 3, 2, 4, 4), {}), "source": ((2, 4, 4), {})})
layout("deepxde", {"X0": ((3, 4), {}), "X1": ((5, 2), {}), "y": ((3, 5), {})})
layout("arrays", {"u": ((3, 4), {}), "v": ((3, 4), {})})

# open_source(): a byte that chooses the format stands before the file.
source = folder("source")
scratch = root / "scratch.h5"


def hdf5(name, fill):
    with h5py.File(scratch, "w") as file:
        fill(file)
    (source / name).write_bytes(b"\0" + scratch.read_bytes())
    scratch.unlink()


def flat(file):
    file["tensor"] = sample(3, 4, 5)
    file["x-coordinate"], file["t-coordinate"] = np.arange(5.0), np.arange(5.0)
    file.attrs["beta"] = 0.1


def darcy(file):
    file["nu"], file["tensor"] = sample(3, 4, 4), sample(3, 1, 4, 4)
    file["x-coordinate"], file["y-coordinate"] = np.arange(4.0), np.arange(4.0)
    file.attrs["beta"] = 1.0


def fluid(file):
    for name in ("density", "pressure", "Vx"):
        file[name] = sample(2, 3, 4)
    file["x-coordinate"], file["t-coordinate"] = np.arange(4.0), np.arange(4.0)


def grouped(file):
    for i in range(2):
        file[f"{i:04}/data"] = sample(3, 4, 4, 1)
        for axis, n in (("x", 4), ("y", 4), ("t", 3)):
            file[f"{i:04}/grid/{axis}"] = np.arange(float(n))


def netcdf(file):
    file.create_dataset("solution", data=sample(3, 4, 6, 6), compression="gzip", shuffle=True)
    file["c"] = sample(3, 6, 6)


def well(file):
    file.attrs["grid_type"], file.attrs["n_spatial_dims"], file.attrs["n_trajectories"] = "cartesian", 2, 2
    file.attrs["dataset_name"], file.attrs["simulation_parameters"] = "toy", np.array([], "S1")
    dimensions = file.create_group("dimensions")
    dimensions.attrs["spatial_dims"] = ["x", "y"]
    for name, n in (("time", 3), ("x", 4), ("y", 5)):
        dimensions[name] = np.arange(float(n))
        dimensions[name].attrs["sample_varying"] = False
    for order in range(3):
        group = file.create_group(f"t{order}_fields")
        group.attrs["field_names"] = ["f"] if order < 2 else []
        if order < 2:
            group["f"] = sample(2, 3, 4, 5, *[2] * order)
            group["f"].attrs.update({"sample_varying": True, "time_varying": True, "dim_varying": [True, True]})
    condition = file.create_group("boundary_conditions/x_periodic")
    condition["mask"] = np.ones(4, "?")
    condition.attrs["bc_type"] = "periodic"
    file.create_group("scalars").attrs["field_names"] = []


def incompressible(file):
    file.create_dataset("velocity", data=sample(2, 3, 4, 4, 2), chunks=(1, 1, 4, 4, 2), compression="lzf", shuffle=True)
    file.create_dataset("particles", data=np.zeros((2, 3, 4, 4, 1), "f4"), compression="lzf")
    file["force"], file["t"] = sample(2, 4, 4, 2), np.tile(np.arange(3.0), (2, 1))


for name, fill in (("flat", flat), ("darcy", darcy), ("fluid", fluid), ("grouped", grouped), ("netcdf", netcdf), ("well", well),
                   ("incompressible", incompressible)):
    hdf5(name, fill)
with h5py.File(scratch, "w", userblock_size=512) as file:
    for name in ("coeff", "sol"):
        file[name] = sample(4, 4, 3).astype("f8")
        file[name].attrs["MATLAB_class"] = np.bytes_("double")
preface = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
(source / "mat73").write_bytes(b"\0" + preface + scratch.read_bytes()[len(preface):])
scratch.unlink()
for target in ("npy", "npz", "mat5", "skysoft"):
    for path in sorted(folder(target).iterdir()):
        (source / path.name).write_bytes(b"\0" + path.read_bytes())

# SPDX-License-Identifier: MIT
"""Writes HDF5 files that a reader must survive, and the rooms of Graph Element Networks: write_hostile.py <folder>.

Exit code 77: a module is missing, its name on stdout.
"""
import json
import os
import sys
import zlib

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)

os.chdir(sys.argv[1])
rng = np.random.default_rng(3)

with h5py.File("sparse.h5", "w") as f:
    # 10 GiB of which only two rows take space: the file has a hole. Space is given at once and never filled.
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    for name in (b"a", b"u"):
        space = h5py.h5s.create_simple((10240, 256, 512))
        d = h5py.Dataset(h5py.h5d.create(f.id, name, h5py.h5t.IEEE_F32LE, space, plist))
        d[5000], d[10239] = 2.5, -1.5
with h5py.File("nan.h5", "w") as f:
    f["a"], f["u"] = np.ones((4, 3)), np.full((4, 3), np.nan)
    f["b"] = np.ones((4, 3))
    f["b"][2, 1] = np.inf
with h5py.File("absurd.h5", "w") as f:
    for name in ("a", "u"):
        f.create_dataset(name, shape=(2**40, 2**20), dtype="f8", chunks=(16, 16), compression="gzip")
with h5py.File("empty.h5", "w") as f:
    f["a"], f["u"] = np.ones((0, 3)), np.ones((0, 3))
with h5py.File("flat_axis.h5", "w") as f:
    f["a"], f["u"] = np.ones((3, 0)), np.ones((3, 0))
with h5py.File("bomb.h5", "w") as f:
    # One chunk that would take 2 GiB of memory.
    d = f.create_dataset("a", shape=(1, 2**28), dtype="f8", chunks=(1, 2**28), compression="gzip")
    f.create_dataset("u", data=np.ones((1, 4)))
    d.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**22)) * 500)
with h5py.File("virtual.h5", "w") as f:
    layout = h5py.VirtualLayout(shape=(4, 3), dtype="f8")
    layout[:] = h5py.VirtualSource("nan.h5", "a", shape=(4, 3))
    f.create_virtual_dataset("a", layout)
    f["u"] = np.ones((4, 3))
    f.create_dataset("outer", shape=(4, 3), dtype="f8", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
with h5py.File("maze.h5", "w") as f:
    # Every group leads to all the others: followed blindly there are 20^32 ways.
    groups = [f.create_group(f"g{i}") for i in range(20)]
    for g in groups:
        for i, other in enumerate(groups):
            g[f"to{i}"] = other
    f["g0/a"] = np.ones((2, 3))
    f["a"] = h5py.ExternalLink("/proc/self/mem", "/x")
    f["u"] = h5py.SoftLink("/u")
with h5py.File("types.h5", "w") as f:
    f["a"], f["u"] = np.array([b"x", b"y"]), np.ones((2, 3))
with h5py.File("uneven.h5", "w") as f:
    f["0000/data"], f["0001/data"] = np.ones((5, 4, 1)), np.ones((5, 3, 1))
with h5py.File("wide.h5", "w") as f:
    f["0000/data"] = np.ones((1, 2, 5000))
with h5py.File("lzf.h5", "w") as f:
    f.create_dataset("a", data=rng.normal(size=(40, 50)).round(1), chunks=(7, 50), compression="lzf", shuffle=True)
    f["u"] = f["a"][:]
with h5py.File("lzf_lie.h5", "w") as f:
    f.create_dataset("a", data=np.zeros((8, 64)), chunks=(8, 64), compression="lzf")
    f["u"] = np.ones((8, 2))
content = open("lzf_lie.h5", "rb").read()
size = (8 * 64 * 8).to_bytes(4, "little")
where = content.index(b"lzf\0")
where = content.index(size, where)
open("lzf_lie.h5", "wb").write(content[:where] + (64).to_bytes(4, "little") + content[where + 4:])

# Well files whose attributes do not fit.
with h5py.File("well.h5", "w") as f:
    f.attrs["n_trajectories"] = 2
    f["dimensions/time"], f["dimensions/x"] = np.arange(3.0), np.arange(4.0)
    f["dimensions"].attrs["spatial_dims"] = ["x"]
    f["t0_fields/p"] = np.ones((2, 3, 4, 5))

os.mkdir("gen")
os.mkdir("gen/poisson_inp")
with h5py.File("gen/poisson_out.hdf5", "w") as f:
    for i, (rooms, queries) in {0: (2, 5), 2: (1, 5), 10: (3, 4)}.items():
        f[f"{i}-IN"], f[f"{i}-OUT"] = rng.random((rooms, queries, 2)), rng.random((rooms, queries, 1))
        text = [{"unnorm_boxes": [[0.1 * (r + 1), 0.2, 0.4, 0.5, 7.0 + i]] * (r + 1), "boxes": [], "exterior_temp": 20.5 + r}
                for r in range(rooms)]
        json.dump(text, open(f"gen/poisson_inp/desc_{i}.json", "w"))
        f[f"{i}-OUT"][:].tofile(f"gen_out_{i}.bin")

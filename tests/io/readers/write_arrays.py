# SPDX-License-Identifier: MIT
"""Writes a file of arrays with h5py: write_arrays.py {hdf5|mat73} <file>. The value of every element is its position in
the array, counted in C order of the shape that the user sees, so that the test knows it.

Exit code 77: a module is missing, its name on stdout.
"""
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)


def counted(*shape, dtype=float):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def hdf5(path):
    with h5py.File(path, "w") as f:
        for name in "float16 float32 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64 longdouble".split():
            f.create_dataset(name, data=counted(5, 6, dtype=name))
        f["big_endian"] = counted(5, 6, dtype=">f8")
        f.create_dataset("bool", data=counted(5, 6) % 3 == 0)
        f.create_dataset("complex", data=counted(5, 6).astype(np.complex64))
        f["text"] = "a word"
        f["scalar"] = 7.0
        f.create_dataset("group/inner/chunked", data=counted(9, 10, 11, dtype="f4"), chunks=(2, 3, 4), shuffle=True,
                         compression="gzip")
        f["group"].attrs["note"] = "of a group"
        f.attrs["nu"] = 0.01
        f["alias"] = h5py.SoftLink("/group/inner/chunked")
        f["nowhere"] = h5py.SoftLink("/nothing")
        f["outside"] = h5py.ExternalLink("other.h5", "/x")
        f["round"] = h5py.SoftLink("/round")
        f["group/inner/up"] = f["group"]  # a cycle of hard links
    with h5py.File("other.h5", "w") as f:
        f["x"] = np.ones(3)


def mat73(path):
    """As MATLAB writes it: a preface of 512 bytes, axes reversed, the class as an attribute."""
    with h5py.File(path, "w", userblock_size=512) as f:
        def put(name, values, kind):
            d = f.create_dataset(name, data=np.asarray(values).T)
            d.attrs["MATLAB_class"] = np.bytes_(kind)
        put("u", counted(4, 3, 2, 5), "double")
        put("single", counted(4, 6, dtype="f4"), "single")
        put("flag", (counted(4, 3) % 2 == 1).astype("u1"), "logical")
        put("label", np.array([[104, 105]], dtype="u2"), "char")
        put("t", np.linspace(0, 1, 5).reshape(1, 5), "double")
        put("z", counted(4, 3).astype(complex), "double")
        f.create_dataset("empty", data=np.array([0, 7], dtype="u8")).attrs["MATLAB_class"] = np.bytes_("double")
        f["empty"].attrs["MATLAB_empty"] = np.uint8(1)
        f.create_group("#refs#")["a"] = counted(3)
        g = f.create_group("params")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        put("params/nu", np.array([[0.1]]), "double")
    with open(path, "r+b") as f:
        text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."
        f.write(text.ljust(116) + bytes(8) + b"\x00\x02IM")


{"hdf5": hdf5, "mat73": mat73}[sys.argv[1]](sys.argv[2])

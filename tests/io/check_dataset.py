# SPDX-License-Identifier: MIT
"""Opens the dataset of tests/io/samples.h with h5py, netCDF4 and xarray and compares values, dimensions, coordinates and
attributes with the formulas there.

    check_dataset.py <file> <samples>

Exit code 77: a module is missing, its name on stdout.
"""
import sys

try:
    import h5py
    import netCDF4
    import numpy as np
    import xarray as xr
except ImportError as error:
    print(error.name)
    sys.exit(77)

path, samples = sys.argv[1], int(sys.argv[2])
n = np.arange(samples)
y = np.array([0.0, 0.5, 1.0])
x = np.array([0.0, 0.25, 0.5, 0.75])
temperature = np.sin(100.0 * n[:, None, None] + 10.0 * np.arange(3)[None, :, None] + np.arange(4)[None, None, :])
source = (n[:, None] + 0.5 * np.arange(2)[None, :]).astype(np.float32)
energy = 1.0 / (n + 1)
chain = n % 8 - 4


def near(a, b):
    # The formulas are evaluated by two libraries: equal to a few units in the last place.
    return np.allclose(a, b, rtol=4e-16, atol=4e-16)


with h5py.File(path, "r") as f:
    t = f["outputs/temperature"]
    assert t.dtype == np.dtype("<f8") and t.shape == (samples, 3, 4)
    assert t.fletcher32 and t.shuffle and t.maxshape[0] is None
    assert near(t[:], temperature)
    assert [d.label for d in t.dims] == ["sample", "y", "x"]
    assert (t.dims[1][0][:] == y).all() and (t.dims[2][0][:] == x).all()
    assert t.dims[1][0] == f["coordinates/y"]
    assert t.attrs["units"] == "K" and t.attrs["long_name"] == "temperature"
    assert f["inputs/source"].dtype == np.dtype("<f4") and (f["inputs/source"][:] == source).all()
    assert (f["outputs/energy"][:] == energy).all()
    assert f["parameters/chain"].dtype == np.dtype("<i8") and (f["parameters/chain"][:] == chain).all()
    assert (f["coordinates/sample"][:] == n).all()
    assert f["coordinates/y"].attrs["boundary_condition"] == "dirichlet"
    assert f.attrs["schema"] == "floe-dataset" and f.attrs["schema_version"] == 1 and f.attrs["complete"] == 1
    assert f.attrs["seed"] == 18446744073709551615
    assert f.attrs["action"] == "φ⁴" and f.attrs["mass_squared"] == -4.0
    assert list(f.attrs["sizes"]) == [3, 4]
    assert f.attrs["config"] == 'task = "dataset"\nseed = 1 # größer\n'

with netCDF4.Dataset(path) as f:
    assert f.groups["outputs"]["temperature"].dimensions == ("sample", "y", "x")
    assert f.groups["outputs"].dimensions["sample"].isunlimited()
    assert near(f.groups["outputs"]["temperature"][:], temperature)

with xr.open_dataset(path, group="outputs", engine="netcdf4") as d:
    assert d["temperature"].dims == ("sample", "y", "x")
    assert dict(d.sizes) == {"sample": samples, "y": 3, "x": 4}
    assert (d["y"].values == y).all() and (d["x"].values == x).all() and (d["sample"].values == n).all()
    assert set(d.data_vars) == {"temperature", "energy"}
    assert near(d["temperature"].values, temperature)
    assert near(d["temperature"].sel(x=0.25, y=1.0).values, temperature[:, 2, 1])
    assert d["energy"].dims == ("sample",)
    assert d["temperature"].attrs["units"] == "K"
with xr.open_dataset(path, group="inputs", engine="netcdf4") as d:
    assert d["source"].dims == ("sample", "s") and (d["source"].values == source).all()
with xr.open_dataset(path, group="parameters", engine="netcdf4") as d:
    assert set(d.data_vars) == {"chain", "viscosity", "weight"} and (d["chain"].values == chain).all()
with xr.open_dataset(path, engine="netcdf4") as d:
    assert d.attrs["schema"] == "floe-dataset" and d.attrs["mass_squared"] == -4.0 and d.attrs["action"] == "φ⁴"

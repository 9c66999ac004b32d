# SPDX-License-Identifier: MIT
"""Writes a small file of every layout of arrays that floe reads, and what a source made of it must give.

    write_array_layouts.py <folder>

Every layout is written with h5py as its distributors lay it out. Cases <number>.txt name a file and options, drawn at
random with a fixed seed; what is expected comes from NumPy slicing of the arrays as they were written, in <number>_*.bin
(float64).

Exit code 77: a module is missing, its name on stdout.
"""
import os
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)

os.chdir(sys.argv[1])
rng = np.random.default_rng(20240917)


def normal(*shape, dtype="f4"):
    return rng.normal(size=shape).astype(dtype)


class Layout:
    """fields: name -> (array with samples first and time second, its axes); coordinates: axis -> values."""

    def __init__(self, file, form, fields, inputs, outputs, coordinates={}, parameters={}, attributes={}, options={}):
        self.__dict__.update(locals())


def pdebench_flat():
    tensor = normal(7, 5, 12)
    x, t = np.linspace(0.05, 0.95, 12), np.linspace(0, 1, 6)
    with h5py.File("flat.hdf5", "w") as f:
        f["tensor"], f["x-coordinate"], f["t-coordinate"] = tensor, x.astype("f4"), t.astype("f4")
        f.attrs["beta"] = 0.1
    return Layout("flat.hdf5", "PDEBench flat", {"u": (tensor, "tx")}, ["u"], ["u"],
                  {"x": x.astype("f4"), "t": t[:5].astype("f4")}, attributes={"beta": 0.1})


def pdebench_darcy():
    nu, tensor = normal(6, 8, 9), normal(6, 1, 8, 9)
    x, y = np.linspace(0, 1, 8), np.linspace(0, 1, 9)
    with h5py.File("darcy.hdf5", "w") as f:
        f["nu"], f["tensor"], f["x-coordinate"], f["y-coordinate"] = nu, tensor, x, y
        f.attrs["beta"] = 1.5
    return Layout("darcy.hdf5", "PDEBench Darcy", {"nu": (nu, "xy"), "u": (tensor[:, 0], "xy")}, ["nu"], ["u"],
                  {"x": x, "y": y}, attributes={"beta": 1.5})


def pdebench_cfd(dimensions):
    names = ["density", "pressure", "Vx", "Vy", "Vz"][:2 + dimensions]
    shape = (4, 6) + (5, 4, 6)[:dimensions]
    fields = {name: (normal(*shape), "txyz"[:1 + dimensions]) for name in names}
    file = f"cfd{dimensions}.hdf5"
    with h5py.File(file, "w") as f:
        for name, (values, _) in fields.items():
            f[name] = values
        for axis, size in zip("xyz", shape[2:]):
            f[axis + "-coordinate"] = np.linspace(0, 1, size)
        f["t-coordinate"] = np.arange(7) * 0.5
        f.attrs["eta"] = f.attrs["zeta"] = 1e-8
        f.attrs["M"] = "0.1"
    return Layout(file, "PDEBench CFD", fields, names, names, {"t": np.arange(6) * 0.5}, attributes={"eta": 1e-8})


def pdebench_grouped():
    data = normal(11, 5, 6, 7, 2)
    with h5py.File("2D_diff-react.h5", "w") as f:
        for i, values in enumerate(data):
            f.create_dataset(f"{i:04}/data", data=values, compression="lzf")
            for axis, size in zip("txy", values.shape):
                f[f"{i:04}/grid/{axis}"] = np.linspace(-1, 1, size, dtype="f4")
            f[f"{i:04}"].attrs["config"] = "sim: fhn\n"
        f.attrs["config"] = "sim: fhn\n"
    fields = {"u0": (data[..., 0], "txy"), "u1": (data[..., 1], "txy")}
    return Layout("2D_diff-react.h5", "PDEBench grouped", fields, ["u0", "u1"], ["u0", "u1"],
                  {"x": np.linspace(-1, 1, 6, dtype="f4")}, attributes={"source_config": "sim: fhn\n"})


def pdebench_grouped_one():
    data = normal(3, 6, 8, 1)
    with h5py.File("1D_diff-sorp.h5", "w") as f:
        for i, values in enumerate(data):
            f[f"{i:04}/data"] = values
            f[f"{i:04}/grid/x"], f[f"{i:04}/grid/t"] = np.arange(8.0), np.arange(6.0)
    return Layout("1D_diff-sorp.h5", "PDEBench grouped", {"u": (data[..., 0], "tx")}, ["u"], ["u"])


def pdebench_incompressible():
    velocity, particles, force = normal(3, 6, 5, 4, 2), normal(3, 6, 5, 4, 1), normal(3, 5, 4, 2)
    with h5py.File("ns_incom.h5", "w") as f:
        f.create_dataset("velocity", data=velocity, chunks=(1, 1, 5, 4, 2), shuffle=True, compression="lzf")
        f["particles"], f["force"] = particles, force
        f["t"] = np.tile(np.arange(6) * 0.005, (3, 1))
    fields = {"velocity_x": (velocity[..., 0], "txy"), "velocity_y": (velocity[..., 1], "txy"),
              "particles": (particles[..., 0], "txy"), "force_x": (force[..., 0], "xy"), "force_y": (force[..., 1], "xy")}
    return Layout("ns_incom.h5", "PDEBench incompressible", fields, list(fields), list(fields)[:3],
                  {"t": np.arange(6) * 0.005})


def the_well():
    n, t, x, y = 4, 6, 5, 7
    scalar, mask, height = normal(n, t, x, y), normal(n, x, y), normal(t, y)
    velocity, stress = normal(n, t, x, y, 2), normal(n, t, x, y, 2, 2)
    power, drive = normal(n), normal(n, t)
    with h5py.File("well.hdf5", "w") as f:
        f.attrs.update(dataset_name="made up", grid_type="cartesian", n_spatial_dims=2, n_trajectories=n, viscosity=0.5,
                       simulation_parameters=["viscosity"])

        def group(name, arrays):
            g = f.create_group(name)
            g.attrs["field_names"] = list(arrays)
            for key, (values, attributes) in arrays.items():
                g.create_dataset(key, data=values).attrs.update(attributes)
            return g

        def varies(sample, time, dims=(True, True)):
            return {"sample_varying": sample, "time_varying": time, "dim_varying": list(dims)}

        g = group("dimensions", {"time": (np.arange(t) * 0.25, {"sample_varying": False}),
                                 "x": (np.linspace(0, 1, x), {"sample_varying": False, "time_varying": False}),
                                 "y": (np.linspace(0, 2, y), {"sample_varying": False, "time_varying": False})})
        g.attrs["spatial_dims"] = ["x", "y"]
        for axis, kind in (("x", "PERIODIC"), ("y", "WALL")):
            b = f.create_group(f"boundary_conditions/{axis}_{kind.lower()}")
            b.attrs.update(bc_type=kind, associated_dims=[axis], associated_fields=[], sample_varying=False,
                           time_varying=False)
            b["mask"] = np.ones(3, bool)
        group("scalars", {"power": (power, {"sample_varying": True, "time_varying": False}),
                          "drive": (drive, {"sample_varying": True, "time_varying": True}),
                          "viscosity": (0.5, {"sample_varying": False, "time_varying": False})})
        group("t0_fields", {"density": (scalar, varies(True, True)), "mask": (mask, varies(True, False)),
                            "height": (height, varies(False, True, (False, True)))})
        group("t1_fields", {"velocity": (velocity, varies(True, True))})
        group("t2_fields", {"D": (stress, varies(True, True))})
    fields = {"density": (scalar, "txy"), "height": (np.broadcast_to(height, (n, t, y)), "ty"), "mask": (mask, "xy")}
    fields |= {f"velocity_{a}": (velocity[..., i], "txy") for i, a in enumerate("xy")}
    fields |= {f"D_{a}{b}": (stress[..., i, j], "txy") for i, a in enumerate("xy") for j, b in enumerate("xy")}
    outputs = [name for name in fields if name != "mask"]
    return Layout("well.hdf5", "The Well", fields, list(fields), outputs,
                  {"x": np.linspace(0, 1, x), "t": np.arange(t) * 0.25}, {"power": power},
                  {"scalar_viscosity": 0.5, "viscosity": 0.5, "boundary_x_periodic": "PERIODIC"})


def pdegym(name, fields, array, extra={}):
    with h5py.File(name, "w") as f:
        for key, values in array.items():
            f[key] = values
    timed = [key for key, (_, axes) in fields.items() if axes[0] == "t"]
    steady = [key for key in fields if key not in timed]
    return Layout(name, "PDEgym", fields, extra.get("inputs", timed + steady), extra.get("outputs", timed))


def pdegym_velocity():
    v = normal(5, 6, 3, 8, 7)
    names = ["velocity_x", "velocity_y", "velocity_2"]
    return pdegym("NS-Sines.nc", {name: (v[:, :, i], "txy") for i, name in enumerate(names)}, {"velocity": v})


def pdegym_flow():
    v = normal(3, 4, 5, 6, 6)
    names = ["density", "velocity_x", "velocity_y", "pressure", "data_4"]
    return pdegym("CE-RP.nc", {name: (v[:, :, i], "txy") for i, name in enumerate(names)}, {"data": v})


def pdegym_wave():
    u, c = normal(5, 6, 8, 8), normal(5, 8, 8)
    return pdegym("Wave-Layer.nc", {"solution": (u, "txy"), "c": (c, "xy")}, {"solution": u, "c": c})


def pdegym_poisson():
    u, s = normal(5, 8, 8), normal(5, 8, 8)
    return pdegym("Poisson-Gauss.nc", {"source": (s, "xy"), "solution": (u, "xy")}, {"solution": u, "source": s},
                  {"inputs": ["source"], "outputs": ["solution"]})


def pdegym_helmholtz():
    a, u, bc = normal(12, 6, 7), normal(12, 6, 7), normal(12)
    with h5py.File("Helmholtz.h5", "w") as f:
        for i in range(12):
            f[f"Sample_{i}/a"], f[f"Sample_{i}/u"], f[f"Sample_{i}/bc"] = a[i], u[i], bc[i]
    return Layout("Helmholtz.h5", "PDEgym", {"a": (a, "xy"), "u": (u, "xy")}, ["a"], ["u"], parameters={"bc": bc})


def mat73(file, **arrays):
    with h5py.File(file, "w", userblock_size=512) as f:
        for name, values in arrays.items():
            f.create_dataset(name, data=values.T).attrs["MATLAB_class"] = np.bytes_("double")
    with open(file, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def navier_stokes():
    """(samples, x, y, t), as the files of the Fourier neural operator."""
    u, a = normal(5, 6, 7, 4, dtype="f8"), normal(5, 6, 7, dtype="f8")
    t = np.arange(1.0, 5.0).reshape(1, 4)
    mat73("NavierStokes.mat", u=u, a=a, t=t)
    return Layout("NavierStokes.mat", "MAT 7.3", {"a": (a, "xy"), "u": (u.transpose(0, 3, 1, 2), "txy")}, ["a"], ["u"],
                  {"t": t[0]}, attributes={})


def fno_darcy():
    coeff, sol = normal(6, 9, 9, dtype="f8"), normal(6, 9, 9, dtype="f8")
    mat73("piececonst.mat", coeff=coeff, sol=sol, Kcoeff=coeff)
    return Layout("piececonst.mat", "MAT 7.3", {"coeff": (coeff, "xy"), "sol": (sol, "xy")}, ["coeff"], ["sol"])


def samples_last():
    a, u = normal(7, 9, 6), normal(5, 6)
    with h5py.File("last.h5", "w") as f:
        f["input"], f["output"] = a, u
    return Layout("last.h5", "HDF5", {"input": (a.transpose(2, 0, 1), "xy"), "output": (u.T, "z")}, ["input"],
                  ["output"], options={"sample_axis": -1})


def time_named():
    u = normal(5, 7, 3, 4)
    with h5py.File("named.h5", "w") as f:
        f["trajectory"] = u
    return Layout("named.h5", "HDF5", {"trajectory": (u, "txy")}, ["trajectory"], ["trajectory"],
                  options={"time_axis": 1, "inputs": ["trajectory"], "outputs": ["trajectory"]})


def draw_range(size, at_least=1):
    while True:
        first, stride = int(rng.integers(0, size)), int(rng.integers(1, 4))
        last = int(rng.integers(first + 1, size + 1))
        if len(range(first, last, stride)) >= at_least:
            return first, last, stride


def expect(layout, options):
    """What NumPy gives: a list of (path, values)."""
    samples = slice(*options.get("samples", (0, None, 1)))
    inputs, outputs = options.get("inputs", layout.inputs), options.get("outputs", layout.outputs)
    timed = {name for name, (_, axes) in layout.fields.items() if axes[0] == "t"}
    split = any(name in outputs and name in timed for name in inputs)
    frames = options.get("input_frames", 1) if split else 0
    stride = options.get("stride", [1])
    found = []
    for group, names in (("inputs", inputs), ("outputs", outputs)):
        for name in names:
            values, axes = layout.fields[name]
            values = values[samples]
            if name in timed:
                values = values[:, slice(*options.get("times", (0, None, 1)))]
                if frames > 0:
                    values = values[:, :frames] if group == "inputs" else values[:, frames:]
                if frames == 1 and group == "inputs":
                    values = values[:, 0]
                    axes = axes[1:]
                else:
                    axes = axes[1:]
                    values = np.moveaxis(values, 1, -1)
                    values = values[tuple([slice(None)] + [slice(None, None, stride[0])] * len(axes))]
                    found.append((f"{group}/{name}", np.moveaxis(values, -1, 1)))
                    continue
            values = values[tuple([slice(None)] + [slice(None, None, stride[0])] * len(axes))]
            found.append((f"{group}/{name}", values))
    for name, values in layout.parameters.items():
        found.append((f"parameters/{name}", values[samples]))
    return found


def draw_options(layout):
    options = dict(layout.options)
    values = next(iter(layout.fields.values()))[0]
    if rng.random() < 0.6:
        options["samples"] = draw_range(values.shape[0])
    if rng.random() < 0.5:
        options["stride"] = [int(rng.integers(1, 4))]
    inputs, outputs = layout.inputs, layout.outputs
    if rng.random() < 0.4:
        inputs = [str(n) for n in rng.permutation(inputs)[:rng.integers(1, len(inputs) + 1)]]
        outputs = [str(n) for n in rng.permutation(outputs)[:rng.integers(1, len(outputs) + 1)]]
        options["inputs"], options["outputs"] = inputs, outputs
    timed = [v for v, axes in layout.fields.values() if axes[0] == "t"]
    if timed and rng.random() < 0.7:
        split = any(n in outputs and layout.fields[n][1][0] == "t" for n in inputs)
        times = options["times"] = draw_range(timed[0].shape[1], 2 if split else 1)
        if rng.random() < 0.7 and split:
            options["input_frames"] = int(rng.integers(0, len(range(*times))))
    return options


number = 0


def write_case(layout, options, everything):
    global number
    with open(f"{number}.txt", "w") as f:
        print("file", layout.file, file=f)
        print("format", layout.form, file=f)
        for key, value in options.items():
            print(key, *(value if isinstance(value, (list, tuple)) else [value]), file=f)
        for i, (path, values) in enumerate(expect(layout, options)):
            name = f"{number}_{i}.bin"
            np.ascontiguousarray(values, dtype="f8").tofile(name)
            print("expect", path, name, *values.shape, file=f)
        if everything:
            for axis, values in layout.coordinates.items():
                if layout.form != "MAT 7.3" or axis == "t":
                    print("axis", "time" if axis == "t" else axis, *(repr(float(v)) for v in values), file=f)
            for key, value in layout.attributes.items():
                print("attribute", key, value if not isinstance(value, str) else value.split("\n")[0], file=f)
    number += 1


for make in (pdebench_flat, pdebench_darcy, lambda: pdebench_cfd(1), lambda: pdebench_cfd(2), lambda: pdebench_cfd(3),
             pdebench_grouped, pdebench_grouped_one, pdebench_incompressible, the_well, pdegym_velocity, pdegym_flow,
             pdegym_wave, pdegym_poisson, pdegym_helmholtz, navier_stokes, fno_darcy, samples_last, time_named):
    layout = make()
    whole = dict(layout.options)
    if any(axes[0] == "t" for _, axes in layout.fields.values()) and set(layout.inputs) & set(layout.outputs):
        whole["input_frames"] = 0
    write_case(layout, whole, True)
    for _ in range(8):
        write_case(layout, draw_options(layout), False)

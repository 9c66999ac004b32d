#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes small files as others publish them, and what numpy finds in them.

    write_layouts.py deepxde|cfdbench|skysoft <folder>

`<folder>/manifest.txt` has a line per case: file or folder, format, path of the field, first sample, count, file with
the expected float64 values. Exit code 77: a module is missing.
"""
import csv
import json
import sys
from pathlib import Path

try:
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)

kind, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(21)
manifest = []


def expect(file, path, first, values, format="auto"):
    values = np.asarray(values, "<f8")
    target = f"expected_{len(manifest)}.bin"
    (folder / target).write_bytes(np.ascontiguousarray(values).tobytes())
    manifest.append(f"{file} {format} {path} {first} {len(values)} {target}")


if kind == "deepxde":
    x0, x1, y = random.standard_normal((7, 5)).astype("f4"), random.standard_normal((9, 2)), random.standard_normal((7, 9))
    np.savez(folder / "aligned.npz", X0=x0, X1=x1, y=y)
    expect("aligned.npz", "inputs/X0", 2, x0[2:6])
    expect("aligned.npz", "inputs/X1", 2, np.broadcast_to(x1, (4, 9, 2)))
    expect("aligned.npz", "outputs/y", 0, y)
    x0, x1, y = random.standard_normal((8, 5)), random.standard_normal((8, 3)), random.standard_normal((8, 1))
    np.savez_compressed(folder / "unaligned.npz", X_train0=x0, X_train1=x1, y_train=y)
    expect("unaligned.npz", "inputs/X0", 0, x0)
    expect("unaligned.npz", "inputs/X1", 3, x1[3:7])
    expect("unaligned.npz", "outputs/y", 1, y[1:])
    pair = np.empty(2, object)
    pair[0], pair[1] = x0, x1
    np.savez(folder / "pickled.npz", X=pair, y=y)
    np.savez(folder / "mismatched.npz", X0=x0, X1=x1, y=y[:5])
elif kind == "cfdbench":
    frames = []
    for number, (name, length) in enumerate([("bc/case0000", 4), ("bc/case0001", 1), ("prop/case0000", 6)]):
        case = folder / "cavity" / name
        case.mkdir(parents=True)
        u, v = random.standard_normal((2, length, 5, 6)).astype("f4")
        np.save(case / "u.npy", u)
        np.save(case / "v.npy", v)
        parameters = {"vel_top": 1.5 + number, "density": 10 * number + 1, "name": "x"} | ({"odd": 1} if number else {})
        (case / "case.json").write_text(json.dumps(parameters))
        frames.append((u, v, parameters))
    (folder / "cavity" / "loop").symlink_to(folder / "cavity")
    before = np.concatenate([u[:-1] for u, _, _ in frames])
    after = np.concatenate([v[1:] for _, v, _ in frames])
    expect("cavity", "inputs/u", 0, before)
    expect("cavity", "outputs/v", 2, after[2:6])
    expect("cavity", "parameters/case", 0, [0] * 3 + [1] * 5)
    expect("cavity", "parameters/frame", 0, [0, 1, 2, 0, 1, 2, 3, 4])
    expect("cavity", "parameters/vel_top", 0, [1.5] * 3 + [3.5] * 5)
    expect("cavity", "parameters/density", 0, [1] * 3 + [21] * 5)
    expect("cavity/prop/case0000", "outputs/u", 0, frames[2][0][1:])
    expect("cavity/prop", "parameters/odd", 0, [1] * 5)
elif kind == "skysoft":
    lead, slice_seconds = 31, 60
    (folder / "weeks").mkdir()

    def week(number, days, rows):
        """Rows of a file, in no order, with all that the real ones have: extra columns, gaps, impossible winds."""
        table = []
        for _ in range(rows):
            flight = f"F{random.integers(0, 12)}"
            table.append({"LAT": 46 + random.random(), "LONG": 7 + random.random(), "TRACK_ALTITUDE": 1e4 * random.random(),
                          "UNIX_TIME": round(36000 + 4000 * random.random(), 2), "WIND_SPEED": 60 * random.random(),
                          "WIND_ORIGIN_ANGLE_DEG": 360 * random.random(), "FLIGHT_ID": flight,
                          "DAY": int(random.choice(days)), "COMMENT": 'a "quoted", cell'})
        table[3]["WIND_SPEED"] = 251.0
        for row, column in [(5, "LAT"), (9, "WIND_SPEED"), (11, "UNIX_TIME"), (13, "FLIGHT_ID")]:
            table[row][column] = ""
        table[17]["LONG"] = "nan"
        table[19]["COMMENT"] = ""  # not a column that is used: the row stays
        with open(folder / "weeks" / f"week{number}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, table[0].keys(), lineterminator="\r\n" if number % 2 else "\n")
            writer.writeheader()
            writer.writerows(table)
        return table

    def samples(table, day=None):
        used = ["LAT", "LONG", "TRACK_ALTITUDE", "UNIX_TIME", "WIND_SPEED", "WIND_ORIGIN_ANGLE_DEG", "FLIGHT_ID", "DAY"]
        days = sorted({row["DAY"] for row in table})
        rows = [row for row in table if all(row[c] not in ("", "nan") for c in used)]
        fast = {row["FLIGHT_ID"] for row in rows if row["WIND_SPEED"] > 250}
        rows = [row for row in rows if row["FLIGHT_ID"] not in fast and (day is None or row["DAY"] == days[day])]
        time = np.array([r["UNIX_TIME"] + 86400 * r["DAY"] for r in rows])
        order = np.argsort(time, kind="stable")
        time = time[order]
        rows = [rows[i] for i in order]
        angle = np.deg2rad(90 - np.array([r["WIND_ORIGIN_ANGLE_DEG"] for r in rows]))
        speed = np.array([r["WIND_SPEED"] for r in rows])
        wind = np.stack([speed * np.cos(angle), speed * np.sin(angle)], -1)
        position = np.array([[r["LAT"], r["LONG"], r["TRACK_ALTITUDE"]] for r in rows])
        number = np.floor(time / slice_seconds).astype(int)
        result = []
        for k in np.unique(number):
            context, query = number == k, number == k + lead
            if query.any():
                result.append((k * slice_seconds, position[context], wind[context], position[query], wind[query]))
        return result

    tables = [week(i, days, rows) for i, (days, rows) in enumerate(
        [([0, 1], 400), ([2], 150), ([4, 5], 200), ([6, 7, 8, 9, 11], 600), ([12], 150)])]

    def padded(sets):
        longest = max(len(s) for s in sets)
        return [np.concatenate([s, np.zeros((longest - len(s), s.shape[1]))]) for s in sets]

    def masks(sets):
        longest = max(len(s) for s in sets)
        return [np.arange(longest) < len(s) for s in sets]

    def expect_all(file, format, sets):
        time, context_position, context_value, query_position, query_value = zip(*sets)
        expect(file, "parameters/time", 0, time, format)
        expect(file, "inputs/context_position", 0, padded(context_position), format)
        expect(file, "inputs/context_value", 1, padded(context_value)[1:], format)
        expect(file, "inputs/query_position", 0, padded(query_position), format)
        expect(file, "outputs/query_value", 0, padded(query_value), format)
        expect(file, "inputs/context_mask", 0, masks(context_position), format)
        expect(file, "inputs/query_mask", 0, masks(query_position), format)

    expect_all("weeks/week1.csv", "auto", samples(tables[1]))
    expect_all("weeks", "auto", [s for table in tables for s in samples(table)])
    expect_all("weeks", "skysoft_training", [s for i in (0, 1, 2, 4) for s in samples(tables[i])])
    expect_all("weeks", "skysoft_validation", samples(tables[3], day=3))
else:
    sys.exit(__doc__)
(folder / "manifest.txt").write_text("\n".join(manifest) + "\n")

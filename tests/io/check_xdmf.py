# SPDX-License-Identifier: MIT
"""Parses an XDMF file, resolves every reference with h5py and compares what it selects with the dataset.

    check_xdmf.py <file.xdmf> <grids> <steps> <fields per step> <topology>

Exit code 77: h5py is missing.
"""
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error.name)
    sys.exit(77)

path, grids, steps, fields, topology = Path(sys.argv[1]), *map(int, sys.argv[2:5]), sys.argv[5]


def numbers(text, kind=int):
    return [kind(word) for word in text.split()]


root = ET.parse(path).getroot()
assert root.tag == "Xdmf"
collections = root.findall("./Domain/Grid")
assert len(collections) == grids, len(collections)
for collection in collections:
    assert collection.get("GridType") == "Collection" and collection.get("CollectionType") == "Temporal"
steps_found = collections[0].findall("Grid")
assert len(steps_found) == steps, len(steps_found)
assert collections[0].find("./Grid/Topology").get("TopologyType") == topology

for collection in collections:
    for step, grid in enumerate(collection.findall("Grid")):
        assert float(grid.find("Time").get("Value")) == step
        points = numbers(grid.find("Topology").get("Dimensions"))
        geometry = grid.find("Geometry")
        assert geometry.get("GeometryType") == {2: "ORIGIN_DXDY", 3: "ORIGIN_DXDYDZ"}[len(points)]
        origin, spacing = (numbers(item.text, float) for item in geometry.findall("DataItem"))
        assert len(origin) == len(spacing) == len(points)
        attributes = grid.findall("Attribute")
        assert collection is not collections[0] or len(attributes) == fields
        for attribute in attributes:
            slab = attribute.find("DataItem")
            assert slab.get("ItemType") == "HyperSlab" and numbers(slab.get("Dimensions")) == points
            selection, source = slab.findall("DataItem")
            file, name = source.text.strip().split(":")
            assert not Path(file).is_absolute()
            with h5py.File(path.parent / file, "r") as f:
                data = f[name]
                assert list(data.shape) == numbers(source.get("Dimensions"))
                assert data.dtype.itemsize == int(source.get("Precision")) and data.dtype.kind == "f"
                start, stride, count = np.array(numbers(selection.text)).reshape(3, -1)
                assert len(start) == data.ndim and (stride == 1).all()
                chosen = data[tuple(slice(a, a + c) for a, c in zip(start, count))]
                assert chosen.size == np.prod(points)
                assert (chosen[0] == data[step]).all()
                axes = [data.dims[i][0][:] for i in range(1, data.ndim)]
                for axis, first, gap in zip(axes[::-1], origin[::-1], spacing[::-1]):
                    assert np.allclose(first + gap * np.arange(len(axis)), axis, rtol=0, atol=1e-12)

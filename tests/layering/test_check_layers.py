# SPDX-License-Identifier: MIT
"""Each rule of check_layers.py finds what breaks it, and nothing else."""
import tempfile
import unittest
from pathlib import Path

import check_layers


class CheckLayers(unittest.TestCase):
    def found(self, files):
        """The file:line pairs reported for a tree of the given files and contents."""
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for file, text in files.items():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(text, encoding="utf-8")
            return [(file, number) for file, number, _ in check_layers.check(root)]

    def test_downwards_is_fine(self):
        self.assertEqual([], self.found({
            "src/base/error.h": "#pragma once\n#include <string>\n",
            "src/io/file.cpp": '#include "base/error.h"\n',
            "lattice/geometry.h": '#include "base/error.h"\n',
            "lattice/flow/field.cpp": '#include "lattice/geometry.h"\n#include "base/error.h"\n',
            "src/app/main.cpp": '#include "lattice/flow/field.h"\n#include "io/file.h"\n',
        }))

    def test_upwards_is_found(self):
        self.assertEqual([("src/base/error.h", 2)],
                         self.found({"src/base/error.h": '#pragma once\n#include "config/reader.h"\n'}))
        self.assertEqual([("lattice/action.h", 1)],
                         self.found({"lattice/action.h": '#include "lattice/flow/field.h"\n',
                                     "lattice/flow/field.h": ""}))
        self.assertEqual([("src/flow/flow.h", 1)],
                         self.found({"src/flow/flow.h": '#  include "app/main.h"\n', "src/app/main.h": ""}))

    def test_siblings_are_found(self):
        self.assertEqual([("src/fft/plan.h", 1)],
                         self.found({"src/fft/plan.h": '#include "random/stream.h"\n', "src/random/stream.h": ""}))

    def test_lattice_core_does_without_files_and_options(self):
        self.assertEqual([("lattice/action.h", 1), ("lattice/action.h", 2)],
                         self.found({"lattice/action.h": '#include "io/file.h"\n#include "config/reader.h"\n'}))

    def test_torch_stays_in_its_files(self):
        self.assertEqual([("src/ode/integrate.h", 1), ("src/ode/integrate.h", 2), ("src/ode/integrate.h", 3)],
                         self.found({"src/ode/integrate.h":
                                     '#include <torch/types.h>\n#include <ATen/ATen.h>\n#include "ode/state_torch.h"\n',
                                     "src/ode/state_torch.h": "#include <torch/types.h>\n",
                                     "operators/mgno.h": "#include <torch/nn/module.h>\n"}))

    def test_catch_comes_through_its_header(self):
        self.assertEqual([("tests/io/test_file.cpp", 1)],
                         self.found({"tests/io/test_file.cpp": "#include <catch2/catch.hpp>\n",
                                     "tests/support/catch.h": "#include <catch2/catch.hpp>\n"}))

    def test_product_does_without_tests(self):
        self.assertEqual([("src/io/file.cpp", 1)], self.found({"src/io/file.cpp": '#include "support/catch.h"\n'}))

    def test_relative_include_is_found(self):
        self.assertEqual([("src/io/file.cpp", 1)],
                         self.found({"src/io/file.cpp": '#include "file.h"\n', "src/io/file.h": ""}))

    def test_folder_outside_the_table_is_found(self):
        self.assertEqual([("src/misc/tool.h", 1)], self.found({"src/misc/tool.h": ""}))


if __name__ == "__main__":
    unittest.main()

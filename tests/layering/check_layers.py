#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom: reads the #include lines of the tree and prints every one that breaks a rule.

    check_layers.py <repository root>

Exit code 0: none; 1: some, one per line as file:line: rule.
"""
import re
import sys
from pathlib import Path

# The layers, lowest first. A file includes its own folder and folders of lower lines, never its own line's other folders.
LAYERS = [
    ["src/base"],
    ["src/config"],
    ["src/random", "src/fft", "src/io", "src/parallel"],
    ["src/ode"],
    ["lattice", "pde"],
    ["src/flow", "src/train"],
    ["lattice/flow", "operators"],
    ["src/app/tasks"],
    ["src/report"],
    ["src/app"],
]
# Lower folders that a folder does without all the same: the lattice core computes, it neither reads files nor options.
FORBIDDEN = {"lattice": ["src/io", "src/config"]}
# Elsewhere only files named *_torch include LibTorch, so that everything else compiles without it.
TORCH_FOLDERS = ["src/train", "operators"]

RANK = {folder: rank for rank, folders in enumerate(LAYERS) for folder in folders}
SUFFIXES = {".h", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TORCH = re.compile(r"^(torch|ATen|c10)/")
CATCH = re.compile(r"^catch2/")
CATCH_FILES = {"tests/support/catch.h", "tests/support/main.cpp"}


def layer_of(path):
    """The deepest folder of the table that holds the path, or None."""
    for parent in Path(path).parents:
        if str(parent) in RANK:
            return str(parent)
    return None


def is_torch(path):
    return Path(path).stem.endswith("_torch") or layer_of(path) in TORCH_FOLDERS


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def target_of(root, name):
    """The path in the repository that a quoted include means: below src/ or below the root."""
    for candidate in ("src/" + name, name):
        if (root / candidate).is_file():
            return candidate
    # A header the build generates: its folder says where it belongs.
    return next((c for c in ("src/" + name, name) if layer_of(c)), None)


def check_product(root, file):
    """The broken rules of one file of the product."""
    here = layer_of(file)
    if here is None:
        yield 1, "lies in no layer; add its folder to LAYERS in tests/layering/check_layers.py"
        return
    for number, quoted, name in includes(root / file):
        if CATCH.match(name) or name.startswith("support/"):
            yield number, f'"{name}" belongs to the tests'
        elif TORCH.match(name):
            if not is_torch(file):
                yield number, f"<{name}> in a file that compiles without LibTorch; move this part to a file named *_torch"
        elif quoted:
            if (root / file).parent.joinpath(name).is_file() and not target_of(root, name):
                yield number, f'"{name}" is relative to this file; write it from src/ or from the repository root'
                continue
            target = target_of(root, name)
            there = target and layer_of(target)
            if not there:
                continue
            if there != here and (RANK[there] >= RANK[here] or there in FORBIDDEN.get(here, [])):
                yield number, f'{here} must not include {there} ("{name}")'
            if is_torch(target) and not is_torch(file):
                yield number, f'"{name}" brings in LibTorch; move this part to a file named *_torch'


def check_other(root, file):
    """The broken rules of a test or a benchmark."""
    for number, _, name in includes(root / file):
        if CATCH.match(name) and file not in CATCH_FILES:
            yield number, f'<{name}> only through "support/catch.h"'


def check(root):
    """Every broken rule of the tree as (file, line, text)."""
    for folder, rules in {"src": check_product, "lattice": check_product, "operators": check_product,
                          "pde": check_product, "tests": check_other, "bench": check_other}.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                file = path.relative_to(root).as_posix()
                for number, text in rules(root, file):
                    yield file, number, text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    broken = list(check(Path(sys.argv[1])))
    for file, number, text in broken:
        print(f"{file}:{number}: {text}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

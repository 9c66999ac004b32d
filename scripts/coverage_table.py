#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lines reached by the tests, from the counts an instrumented build leaves: coverage_table.py <repository> <build>."""
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

FOLDERS = ("src", "lattice", "operators", "pde")


def reached_lines(root, build):
    """Per file of the product: {line: whether any test reached it}."""
    files = defaultdict(dict)
    for counts in sorted(build.rglob("*.gcda")):
        text = subprocess.run(["gcov", "--json-format", "--stdout", counts], cwd=build, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        for report in filter(None, text.splitlines()):
            data = json.loads(report)
            for entry in data["files"]:
                path = Path(os.path.normpath(os.path.join(data["current_working_directory"], entry["file"])))
                if path.is_relative_to(root) and path.relative_to(root).parts[0] in FOLDERS:
                    lines = files[path.relative_to(root).as_posix()]
                    for line in entry["lines"]:
                        number = line["line_number"]
                        lines[number] = lines.get(number, False) or line["count"] > 0
    return files


def row(name, reached, total):
    print(f"{name:<52}{reached:>7}{total:>7}{100 * reached / max(total, 1):>8.1f} %")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, build = (Path(argument).resolve() for argument in sys.argv[1:])
    files = reached_lines(root, build)
    if not files:
        sys.exit(f"error: no counts in {build} (no instrumented program ran); run scripts/coverage.sh")
    folders = defaultdict(lambda: [0, 0])
    print(f"{'file':<52}reached  lines   share")
    for name, lines in sorted(files.items()):
        reached = sum(lines.values())
        row(name, reached, len(lines))
        for key in (str(Path(name).parent), "all"):
            folders[key][0] += reached
            folders[key][1] += len(lines)
    print()
    for name, (reached, total) in sorted(folders.items(), key=lambda item: (item[0] == "all", item[0])):
        row(name, reached, total)


if __name__ == "__main__":
    main()

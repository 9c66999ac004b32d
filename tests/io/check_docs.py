# SPDX-License-Identifier: MIT
"""Runs the python blocks of a page one after the other, in the current directory, as a reader would.

    check_docs.py <page.md>

Exit code 77: a module that they import is missing.
"""
import re
import sys
from pathlib import Path

blocks = re.findall(r"^```python\n(.*?)^```", Path(sys.argv[1]).read_text(), re.S | re.M)
assert blocks, "the page has no python blocks"
names = {}
for block in blocks:
    try:
        exec(compile(block, sys.argv[1], "exec"), names)
    except ImportError as error:
        print(error.name)
        sys.exit(77)

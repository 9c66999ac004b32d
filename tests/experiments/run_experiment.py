#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one variant of an experiment from clean and checks what came out against its expected.toml.

    run_experiment.py <experiment folder> --floe build/release/floe --run-dir <directory> [--variant full]
                      [--config <further experiment file>] [key=value ...]

An earlier run in the directory is removed first; a directory that holds anything else is left alone and is an error.
Exit codes: 0 all met, 1 violations, otherwise that of the command, 64 for files that cannot be used.
"""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import check_expected


def remove_run(directory):
    """Removes a run; refuses to remove anything else."""
    if not directory.exists():
        return
    if not (directory / "config.toml").is_file() or not (directory / "checkpoints").is_dir():
        if any(directory.iterdir()):
            raise SystemExit(f"error: '{directory}' holds no run (it would be removed); choose another --run-dir")
    shutil.rmtree(directory)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run an experiment from clean and check its results.")
    parser.add_argument("experiment", type=Path, help="folder with config.toml and expected.toml")
    parser.add_argument("overrides", nargs="*", help="key=value")
    parser.add_argument("--floe", required=True, type=Path, help="the command")
    parser.add_argument("--run-dir", required=True, type=Path)
    parser.add_argument("--variant", default="quick", choices=check_expected.VARIANTS)
    parser.add_argument("--config", default=check_expected.MAIN_FILE,
                        help="an experiment file of the folder, without .toml")
    options = parser.parse_args(arguments)

    expected = options.experiment / "expected.toml"
    if not expected.is_file():
        print(f"error: '{expected}' is missing (an experiment states what its results must meet); write it, the format "
              "is in experiments/README.md", file=sys.stderr)
        return 64
    known = check_expected.configs(options.experiment)
    if options.config not in known:
        print(f"error: unknown experiment file '{options.config}' of '{options.experiment}' (they are "
              f"{', '.join(known)}); correct it", file=sys.stderr)
        return 64
    remove_run(options.run_dir)
    file = options.experiment / f"{options.config}.toml"
    command = [str(options.floe), "run", str(file), "--run-dir", str(options.run_dir)]
    command += ["--quick"] if options.variant == "quick" else []
    status = subprocess.run(command + options.overrides, check=False).returncode
    if status != 0:
        print(f"error: '{' '.join(command)}' ended with exit code {status}", file=sys.stderr)
        return status
    return check_expected.check_files(expected, options.run_dir / "summary.json", options.variant,
                                      options.config)


if __name__ == "__main__":
    sys.exit(main())

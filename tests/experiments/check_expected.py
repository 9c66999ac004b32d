#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the summary.json of a run against the expected.toml of its experiment (experiments/README.md has the format).

    check_expected.py <expected.toml> <summary.json> --variant quick [--config <file>]

The variants are quick and full (the file without its overrides); `--config` names a further experiment file of the folder.
Prints one line per violation on standard output and a count on standard error. Exit codes: 0 all met, 1 violations,
64 an expectation file, summary or command line that cannot be used.
"""
import argparse
import json
import math
import sys
import tomllib
from pathlib import Path

VARIANTS = ("quick", "full")
MAIN_FILE = "config"  # config.toml, whose entries need no `config`
SELECTION = {"config", "where", "of", "key", "why"}
BOUNDS = ("at_least", "at_most", "equals", "reference", "reference_key", "at_least_key", "at_most_key", "ratio_max")
# The fields that only make sense beside one of these bounds.
DETAILS = {
    "reference_error": {"reference"},
    "reference_error_key": {"reference_key"},
    "error_key": {"reference", "reference_key", "at_least_key", "at_most_key"},
    "sigmas": {"reference", "reference_key", "at_least_key", "at_most_key"},
    "within": {"reference", "reference_key"},
}
DEFAULT_SIGMAS = 3.0


class FormatError(Exception):
    """An expectation file or a summary that cannot be used."""


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def show(value):
    return f"{value:.8g}" if isinstance(value, float) else json.dumps(value)


def check_entry(entry, name):
    """Refuses an entry with unknown, missing or contradictory fields."""
    known = SELECTION | set(BOUNDS) | set(DETAILS)
    for field in entry:
        if field not in known:
            raise FormatError(f"{name}: unknown field '{field}' (the fields are {', '.join(sorted(known))}); correct it")
    if not isinstance(entry.get("key"), str):
        raise FormatError(f"{name}: key is missing or no string (an entry is about one entry of the results); add it")
    bounds = [bound for bound in BOUNDS if bound in entry]
    if not bounds:
        raise FormatError(f"{name}: no bound for {entry['key']} (the entry checks nothing); add one of "
                          f"{', '.join(BOUNDS)}")
    for detail, owners in DETAILS.items():
        if detail in entry and not owners & set(bounds):
            raise FormatError(f"{name}: {detail} has no effect (it belongs to {' or '.join(sorted(owners))}); remove it")
    for field in ("at_least", "at_most", "reference", "reference_error", "sigmas", "within", "ratio_max"):
        if field in entry and not (is_number(entry[field]) and math.isfinite(entry[field])):
            raise FormatError(f"{name}: {field} = {show(entry[field])} (it must be a finite number); correct it")
    for field in ("error_key", "reference_key", "reference_error_key", "at_least_key", "at_most_key", "why"):
        if field in entry and not isinstance(entry[field], str):
            raise FormatError(f"{name}: {field} = {show(entry[field])} (it must be a string); correct it")
    if "within" in entry:
        for field in ("reference_error", "reference_error_key", "error_key", "sigmas"):
            if field in entry:
                raise FormatError(f"{name}: {field} has no effect beside within (that is a distance without errors); "
                                  "remove one of them")
    elif "reference" in entry and "reference_error" not in entry:
        raise FormatError(f"{name}: reference without reference_error (the comparison needs both errors); "
                          "add it, 0 for an exact value, or within = <distance>")
    if entry.get("reference_error", 0) < 0 or entry.get("sigmas", 1) <= 0 or entry.get("within", 0) < 0:
        raise FormatError(f"{name}: reference_error and within must not be negative and sigmas must be positive; "
                          "correct it")
    if entry.get("of", "results") not in ("results", "run"):
        raise FormatError(f"{name}: of = {show(entry['of'])} (it is \"results\", the rows, or \"run\", the top level of "
                          "the summary); correct it")
    where = entry.get("where", {})
    if not isinstance(where, dict):
        raise FormatError(f"{name}: where = {show(where)} (it is a table such as {{ size = [8, 8] }}); correct it")
    if entry.get("of") == "run" and where:
        raise FormatError(f"{name}: where has no effect (of = \"run\" is about the whole run); remove it")


class Violation(Exception):
    """What one row has that the entry does not allow."""


def number(row, key):
    if key not in row:
        raise Violation(f"{key} is missing")
    if not is_number(row[key]) or not math.isfinite(row[key]):
        raise Violation(f"{key} = {show(row[key])} is no number")
    return row[key]


def optional_number(row, key):
    return number(row, key) if key in row else 0.0


def check_distance(entry, value, other, name):
    if abs(value - other) > entry["within"]:
        raise Violation(f"{entry['key']} = {show(value)}, {abs(value - other):.3g} from {name} {show(other)} "
                        f"({entry['within']:g} is allowed)")


def check_agreement(entry, row, value, other, other_error, name):
    error = number(row, entry.get("error_key", entry["key"] + "_error"))
    combined = math.hypot(error, other_error)
    sigmas = entry.get("sigmas", DEFAULT_SIGMAS)
    if abs(value - other) <= sigmas * combined:
        return
    distance = abs(value - other) / combined if combined > 0 else math.inf
    raise Violation(f"{entry['key']} = {show(value)} +- {error:.2g}, {distance:.2f} combined errors from {name} "
                    f"{show(other)} +- {other_error:.2g} ({sigmas:g} are allowed)")


def check_order(entry, row, value, bound):
    """key >= other key or key <= other key, up to `sigmas` combined errors where they are reported."""
    other_key = entry[bound]
    other = number(row, other_key)
    slack = 0.0
    if "sigmas" in entry:
        errors = (optional_number(row, entry.get("error_key", entry["key"] + "_error")),
                  optional_number(row, other_key + "_error"))
        slack = entry["sigmas"] * math.hypot(*errors)
    excess = other - value if bound == "at_least_key" else value - other
    if excess > slack:
        word = "at least" if bound == "at_least_key" else "at most"
        raise Violation(f"{entry['key']} = {show(value)}, {word} {other_key} = {show(other)} is expected"
                        + (f" up to {slack:.2g}" if slack > 0 else ""))


def check_bound(bound, entry, row):
    key = entry["key"]
    if bound == "equals":
        if key not in row:
            raise Violation(f"{key} is missing")
        if row[key] != entry["equals"]:
            raise Violation(f"{key} = {show(row[key])}, {show(entry['equals'])} is expected")
        return
    value = number(row, key)
    if bound == "at_least" and value < entry["at_least"]:
        raise Violation(f"{key} = {show(value)}, at least {entry['at_least']:g} is expected")
    if bound == "at_most" and value > entry["at_most"]:
        raise Violation(f"{key} = {show(value)}, at most {entry['at_most']:g} is expected")
    if "within" in entry and bound in ("reference", "reference_key"):
        other = entry["reference"] if bound == "reference" else number(row, entry["reference_key"])
        check_distance(entry, value, other, "the reference" if bound == "reference" else entry["reference_key"])
    elif bound == "reference":
        check_agreement(entry, row, value, entry["reference"], entry["reference_error"], "the reference")
    elif bound == "reference_key":
        other = entry["reference_key"]
        other_error = number(row, entry.get("reference_error_key", other + "_error"))
        check_agreement(entry, row, value, number(row, other), other_error, other)
    if bound in ("at_least_key", "at_most_key"):
        check_order(entry, row, value, bound)


def check_ratio(entry, rows):
    """The largest value over the smallest, over all selected rows."""
    key = entry["key"]
    values = [number(row, key) for row in rows]
    if min(values) <= 0:
        raise Violation(f"{key} = {show(min(values))} has no ratio (all values must be positive)")
    ratio = max(values) / min(values)
    if ratio > entry["ratio_max"]:
        raise Violation(f"{key} varies by a factor {ratio:.3g} between {show(min(values))} and {show(max(values))}, "
                        f"at most {entry['ratio_max']:g} is expected")


def label(row):
    for name in ("size", "model", "dataset", "data"):
        if name in row:
            value = row[name]
            return "x".join(map(str, value)) if isinstance(value, list) else str(value)
    return "row"


def configs(folder):
    """The experiment files of a folder by name, config.toml first."""
    others = sorted(file.stem for file in Path(folder).glob("*.toml") if file.stem not in (MAIN_FILE, "expected"))
    return [MAIN_FILE] + others


def configs_of(entry):
    """The experiment files that an entry is about."""
    names = entry.get("config", MAIN_FILE)
    return names if isinstance(names, list) else [names]


def check_configs(entry, name, known):
    """Refuses the names of files that are not there."""
    for config in configs_of(entry):
        if config not in known:
            raise FormatError(f"{name}: config = {show(entry['config'])} (the experiment files are {', '.join(known)}); "
                              "correct it")
    if not configs_of(entry):
        raise FormatError(f"{name}: config = [] (the entry checks nothing); name an experiment file")


def entries_of(expected, variant, config):
    return [entry for entry in expected.get(variant, []) if config in configs_of(entry)]


def check(expected, summary, variant, config=MAIN_FILE, known=(MAIN_FILE,)):
    """The violations, one line each. Raises FormatError."""
    for name in [*expected, variant]:
        if name not in VARIANTS:
            raise FormatError(f"unknown variant '{name}' (it is one of {', '.join(VARIANTS)}); correct it")
    if config not in known:
        raise FormatError(f"unknown experiment file '{config}' (they are {', '.join(known)}); correct it")
    for name, entries in expected.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise FormatError(f"{name} is no list of tables; write [[{name}]]")
        for index, entry in enumerate(entries, 1):
            check_entry(entry, f"[[{name}]] entry {index}")
            check_configs(entry, f"[[{name}]] entry {index}", known)
    chosen = entries_of(expected, variant, config)
    if not chosen:
        remark = "" if config == MAIN_FILE else f' with config = "{config}"'
        raise FormatError(f"no [[{variant}]] entries{remark} (this run would be checked against nothing); add some")
    if not isinstance(summary, dict) or not isinstance(summary.get("results"), list):
        raise FormatError("the summary has no list 'results'; give the summary.json of a run")

    lines = []
    if summary.get("status") != "complete":
        lines.append(f"status = {show(summary.get('status'))}, \"complete\" is expected")
    for entry in chosen:
        where = entry.get("where", {})
        if entry.get("of") == "run":
            rows, name = [summary], "run"
        else:
            rows = [row for row in summary["results"] if all(k in row and row[k] == v for k, v in where.items())]
            name = ", ".join(f"{k} = {show(v)}" for k, v in where.items()) or "any row"
        remark = f" [{entry['why']}]" if "why" in entry else ""
        if not rows:
            lines.append(f"{name}: no result for {entry['key']}{remark}")
            continue
        checks = [(bound, row) for bound in BOUNDS if bound in entry and bound != "ratio_max" for row in rows]
        for bound, row in checks:
            try:
                check_bound(bound, entry, row)
            except Violation as violation:
                lines.append(f"{'run' if row is summary else label(row)}: {violation}{remark}")
        if "ratio_max" in entry:
            try:
                check_ratio(entry, rows)
            except Violation as violation:
                lines.append(f"{name}: {violation}{remark}")
    return list(dict.fromkeys(lines))


def check_files(expected_path, summary_path, variant, config=MAIN_FILE, output=sys.stdout, log=sys.stderr):
    """Reads both files, prints the violations and returns the exit code."""
    try:
        expected = tomllib.loads(Path(expected_path).read_text(encoding="utf-8"))
        summary = json.loads(Path(summary_path).read_text(encoding="utf-8"))
        lines = check(expected, summary, variant, config, configs(Path(expected_path).parent))
    except OSError as problem:
        print(f"error: cannot read '{problem.filename}' ({problem.strerror}); check the path", file=log)
        return 64
    except tomllib.TOMLDecodeError as problem:
        print(f"error: {expected_path}: no TOML ({problem}); correct it", file=log)
        return 64
    except json.JSONDecodeError as problem:
        print(f"error: {summary_path}: no JSON ({problem}); run the experiment again", file=log)
        return 64
    except FormatError as problem:
        print(f"error: {expected_path}: {problem}", file=log)
        return 64
    for line in lines:
        print(f"{expected_path}: {line}", file=output)
    count = len(entries_of(expected, variant, config))
    name = variant if config == MAIN_FILE else f"{config} {variant}"
    print(f"{count} expectations of the {name} variant, {len(lines)} violations", file=log)
    return 1 if lines else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check the summary of a run against what its experiment expects.")
    parser.add_argument("expected", help="expected.toml of the experiment")
    parser.add_argument("summary", help="summary.json of the run")
    parser.add_argument("--variant", required=True, help="quick or full")
    parser.add_argument("--config", default=MAIN_FILE, help="an experiment file of the folder, without .toml")
    options = parser.parse_args(arguments)
    return check_files(options.expected, options.summary, options.variant, options.config)


if __name__ == "__main__":
    sys.exit(main())

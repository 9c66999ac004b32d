#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the tests on an instrumented build and prints the share of lines they reach, per folder and per file.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find build/coverage -name '*.gcda' -delete 2>/dev/null || true
status=0
scripts/test.sh coverage || status=$?
phase "coverage" python3 -B scripts/coverage_table.py "$PWD" build/coverage
exit "$status"

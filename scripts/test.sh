#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds floe and runs its tests; the last line is "N passed, N failed" (and ", N skipped" where some were).
#
#   scripts/test.sh [preset]      release (default), dev, asan, coverage or ci
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=${1:-release}
report=$PWD/build/$preset/tests.xml
# Programs of several threads run side by side: two threads each keep the machine busy without swamping it.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}

phase "packages" scripts/install-deps.sh test
phase "configure" cmake --preset "$preset"
phase "build" cmake --build --preset "$preset" --parallel "$(jobs)"
rm -f "$report"
status=0
phase "tests" ctest --preset "$preset" --parallel "$(nproc)" --output-junit "$report" || status=$?

[ -f "$report" ] || die "ctest wrote no report to $report; see its message above"
# count <attribute>: of the opening tag of the report, <testsuite ... tests="" failures="" disabled="" skipped="">.
suite=$(awk '/<testsuite/ {on = 1} on {printf "%s ", $0} on && />/ {exit}' "$report")
count() { sed -nE "s/.*[[:space:]]$1=\"([0-9]+)\".*/\1/p" <<<"$suite"; }
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
passed=$(($(count tests) - failed - skipped))
line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line+=", $skipped skipped"
[ "$failed" -eq 0 ] || [ "$status" -ne 0 ] || status=1
printf '%s\n' "$line"
exit "$status"

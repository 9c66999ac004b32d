#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the benchmark programs with the options of a release and runs them one after the other, on one core each unless
# OMP_NUM_THREADS says otherwise. Run it on an idle machine.
#
#   scripts/bench.sh [pattern] [google-benchmark options...]      pattern: programs whose name contains it; default: all
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pattern=${1:-}
[ $# -eq 0 ] || shift
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

phase "packages" scripts/install-deps.sh bench
phase "configure" cmake --preset bench
phase "build" cmake --build --preset bench --parallel "$(jobs)"
found=
for program in build/bench/bench/bench_*"$pattern"*; do
  [ -x "$program" ] || continue
  found=yes
  phase "$(basename "$program")" "$program" "$@"
done
[ -n "$found" ] || die "no benchmark program has '$pattern' in its name (looked in build/bench/bench); run scripts/bench.sh without it"

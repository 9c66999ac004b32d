#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the benchmark programs with the options of a release and runs them one after the other, on one core each unless
# OMP_NUM_THREADS says otherwise. Run it on an idle machine.
#
# Operators are timed beside the same models in Python if FLOE_PEER_PYTHON is a Python with torch and neuraloperator:
#   python3 -m venv peer && peer/bin/pip install torch neuraloperator && export FLOE_PEER_PYTHON=$PWD/peer/bin/python
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
  if [ "$(basename "$program")" = bench_operators ]; then
    # Models beside the same in Python.
    python=${FLOE_PEER_PYTHON:-python3}
    if "$python" -c 'import torch, neuralop' 2>/dev/null; then
      phase "bench_operators" "$python" bench/operators.py "$program" --threads "$OMP_NUM_THREADS"
    else
      echo "bench_operators: left out ($python lacks torch or neuraloperator); set FLOE_PEER_PYTHON to one that has them"
    fi
    continue
  fi
  phase "$(basename "$program")" "$program" "$@"
done
[ -n "$found" ] || die "no benchmark program has '$pattern' in its name (looked in build/bench/bench); run scripts/bench.sh without it"

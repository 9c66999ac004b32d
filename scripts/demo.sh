#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a fresh clone to a result: builds the command and runs the main job, a flow trained on an 8x8 lattice that samples
# phi^4 theory on lattices up to 32x32, checked against Monte Carlo.
#
#   scripts/demo.sh [key=value ...]      overrides of experiments/phi4_generalization/config.toml
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

experiment=phi4_generalization
phase "packages" scripts/install-deps.sh build
phase "configure" cmake --preset release
phase "build" cmake --build --preset release --target floe --parallel "$(jobs)"

runs=runs/$experiment-$(date +%Y%m%d-%H%M%S)
phase "floe run $experiment" build/release/floe run "$experiment" --run-dir "$runs" "$@"

say "everything of this run is in $runs:"
for file in summary.json metrics.csv results.h5 config.toml log.txt; do
  [ ! -e "$runs/$file" ] || say "  $runs/$file"
done
say "evaluate it on another lattice: build/release/floe evaluate $runs --size 48x48"

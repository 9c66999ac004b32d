#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the samples of PDE problems in this folder anew, and the manifest of all files.
#
#   data/make.sh [floe]      the command; default: build/release/floe
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
floe=$(realpath "${1:-../build/release/floe}")
export SOURCE_DATE_EPOCH=0

make() {
  rm -f "$1.h5"
  "$floe" data generate "$2" "${@:3}" seed=1 deflate=9 -o "$1.h5"
}

make adding adding count=4 length=200
make advection advection count=16
make allen_cahn allen_cahn count=2 resolution=24 snapshots=8
make antiderivative antiderivative count=48 points=8
make burgers burgers count=8 resolution=128 solver_resolution=1024
make darcy darcy count=6 resolution=33
make darcy_points darcy_points count=6 resolution=33
make diffusion_reaction diffusion_reaction count=1 resolution=16 snapshots=20
make fisher fisher count=8
make helmholtz helmholtz count=4 resolution=33
make masked_darcy masked_darcy count=4 resolution=33 'domains=["triangle"]'
make navier_stokes navier_stokes count=2 resolution=16 solver_resolution=64 final_time=4.0 snapshots=8
make plate plate count=4 'resolution=[24,24,4]'
make poisson_1d poisson count=32 dimension=1 resolution=65
make poisson_2d poisson count=4 resolution=33
make recall recall count=12
make rooms rooms count=12 queries=64
make wind wind count=2 aircraft=6 points=128 minutes_per_weather=1
LC_ALL=C sha256sum ./*.h5 | sed 's#\./##' >manifest.sha256

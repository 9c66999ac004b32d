#!/bin/sh
# Builds pde_validation, writes its tables to a folder (default build/validation) and plots them to docs/images/pde_*.png.
# Usage: pde/validation/pictures.sh [folder]; needs gnuplot and a configured build/release.
set -eu
cd "$(dirname "$0")/../.."
out=${1:-build/validation}
mkdir -p "$out"
cmake --build build/release --target pde_validation
tables=build/release/pde/validation/pde_validation

"$tables" covariance "$out/covariance.csv"
"$tables" elliptic "$out/elliptic.csv"
"$tables" evolution "$out/evolution.csv"
"$tables" poisson "$out/poisson.csv"
"$tables" wind "$out/wind.csv"
cat "$out/wind.csv"
flow='solver_resolution = 128; final_time = 20.0; snapshots = 1'
"$tables" sample navier_stokes "$flow; viscosity = 1e-3" 0 inputs/vorticity "$out/navier_stokes_start.csv"
"$tables" sample navier_stokes "$flow; viscosity = 1e-3" 0 outputs/vorticity "$out/navier_stokes_3.csv"
"$tables" sample navier_stokes "$flow; viscosity = 1e-5" 0 outputs/vorticity "$out/navier_stokes_5.csv"
"$tables" sample poisson 'resolution = 129' 3 inputs/forcing "$out/poisson_f.csv"
"$tables" sample poisson 'resolution = 129' 3 outputs/solution "$out/poisson_u.csv"
"$tables" sample rooms 'queries = 80000; fewest_heaters = 3; refinement = 1' 4 inputs/query_position "$out/rooms_x.csv"
"$tables" sample rooms 'queries = 80000; fewest_heaters = 3; refinement = 1' 4 outputs/query_value "$out/rooms_u.csv"
"$tables" sample rooms 'fewest_heaters = 3; refinement = 1' 4 inputs/context_position "$out/rooms_c.csv"
for part in position value mask; do
  "$tables" sample wind 'aircraft = 30.0; noise = 0.0' 5 "inputs/context_$part" "$out/wind_$part.csv"
done
darcy() { # name, sample, option
  "$tables" sample darcy "resolution = 129; $3" "$2" inputs/coefficient "$out/elliptic_$1_a.csv"
  "$tables" sample darcy "resolution = 129; $3" "$2" outputs/solution "$out/elliptic_$1_u.csv"
}
darcy piecewise 2 'field.tau = 3.0'
darcy rough 1 'field.tau = 5.0'
darcy multiscale 2 'coefficient = "multiscale"'
"$tables" sample helmholtz '' 0 inputs/wave_speed "$out/elliptic_helmholtz_c.csv"
"$tables" sample helmholtz '' 0 outputs/solution "$out/elliptic_helmholtz_u.csv"
for domain in triangle cross_hole l_shape; do
  "$tables" sample masked_darcy "domains = [\"$domain\"]" 0 outputs/solution "$out/elliptic_$domain.csv"
done
"$tables" sample plate 'resolution = [72, 72, 8]; refinement = 3' 27 outputs/temperature "$out/elliptic_plate.csv"

# Plots of sets paste columns of numbers side by side.
tail -n +2 "$out/rooms_u.csv" | cut -d, -f3 > "$out/rooms_u.tail"
tail -n +2 "$out/wind_value.csv" | cut -d, -f3 | paste -d, - - > "$out/wind_value.tail"
tail -n +2 "$out/wind_mask.csv" | cut -d, -f2 > "$out/wind_mask.tail"

for plot in pde/validation/*.gp; do
  gnuplot -e "tables='$out'; images='docs/images'" "$plot"
done

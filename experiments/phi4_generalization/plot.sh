#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Draws a finished run: quality of the flow and an observable against the lattice size.
#
#   experiments/phi4_generalization/plot.sh <run directory> <output.png>
set -euo pipefail
run=${1:?run directory}
output=${2:?output file}
command -v gnuplot >/dev/null || { echo "gnuplot is missing (it draws the picture); install gnuplot-nox" >&2; exit 1; }
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
python3 - "$run/summary.json" >"$rows" <<'PYTHON'
import json
import sys

for row in json.load(open(sys.argv[1]))["results"]:
    keys = ["ess", "ess_error", "forward_ess", "forward_ess_error", "susceptibility", "susceptibility_error",
            "mc_susceptibility", "mc_susceptibility_error", "var_log_weight_per_site"]
    print(row["size"][0], *[row[key] for key in keys])
PYTHON
gnuplot <<GNUPLOT
set terminal pngcairo size 1200,430 font "sans,11" enhanced
set output "$output"
set multiplot layout 1,3 margins 0.065,0.985,0.16,0.88 spacing 0.085,0
set xlabel "lattice size L (trained on 8)"
set xrange [6:34]
set xtics (8,12,16,24,32)
set grid ytics lc rgb "#dddddd"
set key bottom left Left reverse samplen 1.5
set title "effective sample size"
set yrange [0.99:1.0005]
plot "$rows" u 1:2:3 w yerrorlines lw 2 pt 7 lc rgb "#1f6fb4" t "fresh samples", \
     "$rows" u (\$1+0.4):4:5 w yerrorbars lw 2 pt 6 lc rgb "#d1602c" t "MC samples carried back"
set title "susceptibility V<M^2>"
set yrange [0.95:1.25]
plot "$rows" u 1:6:7 w yerrorbars lw 2 pt 7 lc rgb "#1f6fb4" t "flow, reweighted", \
     "$rows" u (\$1+0.4):8:9 w yerrorbars lw 2 pt 6 lc rgb "#d1602c" t "Monte Carlo"
set title "10^6 Var(log w) / V"
set yrange [0:4]
plot "$rows" u 1:(1e6*\$10) w linespoints lw 2 pt 7 lc rgb "#1f6fb4" notitle
unset multiplot
GNUPLOT

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares the matrix of a finished run with Green's function of -u'' on (0, 1), and draws both.
#
#   experiments/poisson_green/kernel.sh <run directory> <output.png>
#
# Needs python3 with h5py and numpy, and gnuplot.
set -euo pipefail
run=${1:?run directory}
output=${2:?output file}
command -v gnuplot >/dev/null || { echo "gnuplot is missing (it draws the picture); install gnuplot-nox" >&2; exit 1; }
python=$(command -v /usr/bin/python3 || command -v python3)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" - "$run" "$folder" <<'PYTHON'
import sys
from pathlib import Path

import h5py
import numpy

run, folder = Path(sys.argv[1]), Path(sys.argv[2])
with h5py.File(run / "checkpoints/operator.h5") as file:
    weight = file["tensors/model/weight"][:]
n = len(weight)
x = numpy.linspace(0, 1, n)
green = numpy.minimum(x[:, None], x[None, :]) * (1 - numpy.maximum(x[:, None], x[None, :]))
kernel = weight * (n - 1)  # the cell of a point is 1 / (n - 1) wide
error = kernel - green
print(f"|kernel - G| / |G| = {numpy.linalg.norm(error) / numpy.linalg.norm(green):.3g}, "
      f"largest difference {abs(error).max():.3g} of {green.max():.3g}")
for name, field in (("kernel", kernel), ("green", green), ("error", error)):
    numpy.savetxt(folder / name, field)
rows = [n // 8, n // 2, 3 * n // 4]
numpy.savetxt(folder / "rows", numpy.column_stack([x] + [field[i] for i in rows for field in (kernel, green)]))
(folder / "places").write_text(" ".join(f"{x[i]:.3g}" for i in rows) + "\n")
PYTHON
read -r a b c <"$folder/places"
n=$(wc -l <"$folder/kernel")
gnuplot <<GNUPLOT
set terminal pngcairo size 1200,380 font "sans,11" enhanced
set output "$output"
set multiplot layout 1,3 margins 0.05,0.95,0.14,0.88 spacing 0.1,0
set title "learnt kernel K(x, y)"
set xlabel "y"; set ylabel "x" offset 1.5
set size ratio 1
set xrange [0:1]; set yrange [0:1]; set tics 0.5
set cbrange [0:0.25]; set cbtics 0.05; set palette defined (0 "#ffffff", 1 "#1f6fb4")
plot "$folder/kernel" matrix using (\$1/($n-1)):(\$2/($n-1)):3 with image notitle
set title "K - G"
set palette defined (-1 "#1f6fb4", 0 "#ffffff", 1 "#d1602c")
stats "$folder/error" matrix nooutput
m = abs(STATS_min) > abs(STATS_max) ? abs(STATS_min) : abs(STATS_max)
set cbrange [-m:m]; set cbtics autofreq; set format cb "%.0e"
plot "$folder/error" matrix using (\$1/($n-1)):(\$2/($n-1)):3 with image notitle
set size noratio
set title "rows of K and G"
set yrange [0:0.33]; set ylabel ""; set ytics auto; set key top right samplen 1.5
plot for [i=0:2] "$folder/rows" using 1:(column(2*i+3)) with lines lw 2 lc rgb "#bbbbbb" title (i==0 ? "G" : ""), \
     for [i=0:2] "$folder/rows" using 1:(column(2*i+2)) with points pt 7 ps 0.5 lc rgb "#1f6fb4" title (i==0 ? "K at x = $a, $b, $c" : "")
GNUPLOT

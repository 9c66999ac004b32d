set datafile separator ","
set terminal pngcairo size 960,420 font "sans,8"
set output images."/pde_convergence.png"
set multiplot layout 1,3
colours = '#0060ad #dd181f #00a060 #9400d3 #e69f00 #303030'
set logscale xy
set grid
set format "10^{%L}"
set key below left Left reverse spacing 1 samplen 2 maxcols 2
set xlabel "h" offset 0,0.6
set pointsize 0.7
f = tables."/elliptic.csv"
series(name) = sprintf("< grep '^%s,' %s", name, f)
set title "Darcy: relative L_2 error"
set xrange [1.5e-3:0.1]
set yrange [1e-6:0.3]
names = "darcy_vertex_smooth darcy_cell_smooth darcy_jump_harmonic darcy_jump_arithmetic darcy_threshold_harmonic darcy_threshold_arithmetic"
titles = "'smooth a, vertices' 'smooth a, cells' 'jump, harmonic' 'jump, arithmetic' 'threshold, harmonic' 'threshold, arithmetic'"
plot for [n=1:6] series(word(names, n)) using 2:3 with linespoints pt 3+n lc rgb word(colours, n) title word(titles, n), \
     x**2/4 with lines dt 2 lc rgb "black" title "h^2", x with lines dt 3 lc rgb "black" title "h"
set title "Helmholtz, plates (relative L_2), masked domains (largest)"
set xrange [3e-3:0.3]
set yrange [3e-7:1]
names = "masked_disk masked_triangle masked_l_shape plate_2 plate_9 helmholtz"
titles = "'disk' 'triangle' 'L-shape' 'plate, 2 holes' 'plate, 9 holes' 'Helmholtz, k = 20.3'"
plot for [n=1:6] series(word(names, n)) using 2:3 with linespoints pt 3+n lc rgb word(colours, n) title word(titles, n), \
     x**2/2 with lines dt 2 lc rgb "black" title "h^2", x**(4./3)/300 with lines dt 3 lc rgb "black" title "h^{4/3}", \
     (x/0.06)**4 with lines dt 4 lc rgb "black" title "h^4"
set title "in time: largest error"
set xlabel "step (Burgers: courant)" offset 0,0.6
set xrange [5e-4:1]
set yrange [1e-12:1]
names = "navier_stokes_etdrk4 navier_stokes_cn_heun navier_stokes_cn_euler burgers fisher"
titles = "'flow, ETDRK4' 'flow, CN and Heun' 'flow, CN and Euler' 'Burgers' 'Fisher'"
f = tables."/evolution.csv"
plot for [n=1:5] series(word(names, n)) using 2:3 with linespoints pt 3+n lc rgb word(colours, n) title word(titles, n), \
     x**4/100 with lines dt 4 lc rgb "black" title "step^4", x**2*3 with lines dt 2 lc rgb "black" title "step^2", \
     x*10 with lines dt 3 lc rgb "black" title "step"
unset multiplot

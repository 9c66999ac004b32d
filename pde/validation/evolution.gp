set datafile separator ","
set terminal pngcairo size 1200,300 font "sans,9"
set output images."/pde_evolution.png"
set multiplot layout 1,4
set size square
unset key
set palette rgbformulae 33,13,10
set xrange [0:1]
set yrange [0:1]
set title "vorticity at t = 0"
plot tables."/navier_stokes_start.csv" every ::1 using 2:1:3 with image
set title "ν = 1e-3, t = 20"
plot tables."/navier_stokes_3.csv" every ::1 using 3:2:4 with image
set title "ν = 1e-5, t = 20"
plot tables."/navier_stokes_5.csv" every ::1 using 3:2:4 with image
set autoscale
set logscale xy
set grid
set key bottom right samplen 1.2 font ",8"
set yrange [1e-16:1]
set xrange [5e-4:1]
set format "10^{%L}"
set xlabel "step (Burgers: courant)"
set title "largest error"
names = "navier_stokes_etdrk4 navier_stokes_cn_heun navier_stokes_cn_euler burgers fisher"
titles = "'Navier–Stokes, ETDRK4' '… CN, Heun' '… CN, Euler' 'Burgers, Cole–Hopf' 'Fisher, front'"
f = tables."/evolution.csv"
plot for [n=1:5] f every ::1 using (strcol(1) eq word(names, n) ? $2 : NaN):3 with linespoints pt 7 lc n title word(titles, n)
unset multiplot

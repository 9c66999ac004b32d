set datafile separator ","
set terminal pngcairo size 900,290 font "sans,9"
set output images."/pde_poisson.png"
set multiplot layout 1,3
set size square
unset key
set palette rgbformulae 33,13,10 maxcolors 20
set xrange [0:1]
set yrange [0:1]
set title "forcing f"
plot tables."/poisson_f.csv" every ::1 using 1:2:3 with image
set title "solution of −Δu = f, u = 0 on the boundary"
plot tables."/poisson_u.csv" every ::1 using 1:2:3 with image
set autoscale
set logscale xy
set grid
set key top right samplen 1.5 font ",8"
set yrange [1e-7:1e4]
set format y "10^{%L}"
set xlabel "intervals"
set title "largest error of differences"
kinds = "dirichlet periodic"
titles = "Dirichlet 'Neumann, periodic'"  # whose errors are the same
f = tables."/poisson.csv"
plot for [n=1:2] f every ::1 using ($1 == 1 && strcol(2) eq word(kinds, n) ? $3 : NaN):4 with linespoints pt 6 lc n title word(titles, n)." 1-D", \
     for [n=1:2] f every ::1 using ($1 == 2 && strcol(2) eq word(kinds, n) ? $3 : NaN):4 with linespoints pt 7 lc n title word(titles, n)." 2-D", \
     20/x**2 with lines dt 2 lc rgb "black" title "second order"
unset multiplot

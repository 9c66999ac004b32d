set datafile separator ","
set terminal pngcairo size 720,380 font "sans,10"
set output images."/pde_covariance.png"
set xlabel "distance"
set ylabel "covariance / variance"
set key top right
set grid
f = tables."/covariance.csv"
set title "16000 fields against the exact covariance, one standard error"
plot for [n=0:2] f every ::1 using 2:($1 == n ? $5 : NaN) with lines lc n+1 title word("circle,(−d²+9)⁻¹ squared-exponential,ℓ=1/4,100-terms spherical,ℓ=1/4,784-terms", n+1), \
     for [n=0:2] f every ::1 using 2:($1 == n ? $3 : NaN):4 with yerrorbars pt 7 ps 0.5 lc n+1 notitle

set datafile separator ","
set terminal pngcairo size 720,290 font "sans,8"
set output images."/pde_point_sets.png"
set multiplot layout 1,2
unset key
# Tables of sets have one row per number; a row of `paste` holds those of a point.
position(name, numbers) = sprintf("< tail -n +2 %s/%s.csv | cut -d, -f3 | paste -d, %s", tables, name, numbers)
set palette rgbformulae 33,13,10 maxcolors 16
set title "a room: temperature at queries and the 64 points of the context"
set size square
set xrange [-0.02:1.02]
set yrange [-0.02:1.02]
plot sprintf("< tail -n +2 %s/rooms_x.csv | cut -d, -f3 | paste -d, - - | paste -d, - %s/rooms_u.tail", tables, tables) using 1:2:3 with points pt 5 ps 0.35 lc palette, \
     position("rooms_c", "- -") using 1:2 with points pt 6 ps 0.8 lc rgb "black"
set size nosquare
set title "wind: one minute of measurements by aircraft"
set autoscale
set xlabel "longitude, degrees"
set ylabel "latitude, degrees"
set cblabel "altitude, 1000 ft"
plot sprintf("< tail -n +2 %s/wind_position.csv | cut -d, -f3 | paste -d, - - - | paste -d, - %s/wind_value.tail %s/wind_mask.tail", tables, tables, tables) using ($6 == 1 ? $2 : NaN):1:($4/60):($5/90):($3/1000) with vectors filled head lw 1.2 lc palette
unset multiplot

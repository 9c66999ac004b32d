set datafile separator ","
set terminal pngcairo size 720,290 font "sans,8"
set output images."/pde_point_sets.png"
set multiplot layout 1,2
unset key
# Tables of sets have one row per number; a row of `paste` holds those of a point.
position(name, numbers) = sprintf("< tail -n +2 %s/%s.csv | cut -d, -f3 | paste -d, %s", tables, name, numbers)
set palette rgbformulae 33,13,10 maxcolors 16
set title "a room: queries, and the 64 points of the context"
set size square
set xrange [-0.02:1.02]
set yrange [-0.02:1.02]
plot sprintf("< tail -n +2 %s/rooms_x.csv | cut -d, -f3 | paste -d, - - | paste -d, - %s/rooms_u.tail", tables, tables) using 1:2:3 with points pt 5 ps 0.35 lc palette, \
     position("rooms_c", "- -") using 1:2 with points pt 6 ps 0.8 lc rgb "black"
set size nosquare
set title "a minute of measurements, and the wind at its start"
set autoscale
set xlabel "longitude, degrees"
set ylabel "latitude, degrees"
set cblabel "altitude, 1000 ft"
# The 25 aircraft take turns.
measurements = sprintf("< tail -n +2 %s/wind_position.csv | cut -d, -f3 | paste -d, - - - | paste -d, - %s/wind_value.tail %s/wind_mask.tail", tables, tables, tables)
plot measurements using ($6 == 1 ? $2 : NaN):1:($3/1000) with points pt 7 ps 0.3 lc palette, \
     measurements every ::::24 using ($6 == 1 ? $2 : NaN):1:($4/40):($5/60):($3/1000) with vectors head size 0.08,20 lw 1.5 lc palette
unset multiplot

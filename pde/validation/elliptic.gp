set datafile separator ","
set terminal png size 960,640 font "sans,9"
set output images."/pde_elliptic.png"
set multiplot layout 3,4
set size square
unset key
unset xtics
unset ytics
set palette rgbformulae 33,13,10 maxcolors 16
field(name) = tables."/elliptic_".name.".csv"
# Coefficients, and their solutions below them.
set title "Darcy, piecewise: a"
plot field("piecewise_a") every ::1 using 2:1:3 with image
set title "rough (τ = 5): a"
plot field("rough_a") every ::1 using 2:1:3 with image
set title "multiscale: log_{10} a"
plot field("multiscale_a") every ::1 using 2:1:(log10($3)) with image
set title "Helmholtz: c"
plot field("helmholtz_c") every ::1 using 2:1:3 with image
set title "u"
plot field("piecewise_u") every ::1 using 2:1:3 with image
plot field("rough_u") every ::1 using 2:1:3 with image
plot field("multiscale_u") every ::1 using 2:1:3 with image
plot field("helmholtz_u") every ::1 using 2:1:3 with image
# Zero is outside of a domain, and inside a hole of the plate.
do for [domain in "triangle cross_hole l_shape"] {
  set title "masked, ".(domain eq "cross_hole" ? "cross" : domain eq "l_shape" ? "L-shape" : domain).": u"
  plot field(domain) every ::1 using 2:1:($3 == 0 ? NaN : $3) with image
}
set title "plate, 5 holes per row: T at the top"
plot sprintf("< awk -F, '$1 > 0.9' %s", field("plate")) using 3:2:($4 == 0 ? NaN : $4) with image
unset multiplot

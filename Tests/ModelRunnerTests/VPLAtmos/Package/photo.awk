# Writes the photochemistry's output files, from its species file.

# A number in Fortran's format: an exponent of three digits replaces the letter.
function real(number, digits, text) {
    text = sprintf("%." digits "E", number)
    if (text ~ /E[-+][0-9][0-9][0-9]$/) sub(/E/, "", text)
    return text
}

function step(n, emax, time, line) {
    line = sprintf(" N =%5d  EMAX =%9s FOR OCS     AT Z = 4.18E+06 U = 1.53E-15 RHS =-9.55E-26  DT = %s  TIME = %s", \
        n, emax, real(time * 4, 2), real(time, 2))
    print line
    print line > report
    fflush()
}

function bad(item) {
    print "At line 632 of file PhotoMain.f (unit = 4, file = 'PHOTOCHEM/INPUTFILES/species.dat')"
    print "Fortran runtime error: Bad real number in item " item " of list input"
    failed = 1
    exit 2
}

/^\*/ { next }
$2 == "LL" {
    for (item = 9; item <= 11; item++)
        if ($item !~ /^-?[0-9]*\.?[0-9]*([eE][-+][0-9]+)?$/) bad(item)
    species[++count] = $1
    ratio[$1] = $9 == 1 ? $11 : $9 == 2 ? $12 * 1e-15 : 1e-30
}
$2 == "IN" { inert = $9 }

END {
    if (failed) exit 2
    report = "PHOTOCHEM/OUTPUT/out.out"
    if (behaviour == "crash") {
        print "Program received signal SIGFPE: Floating-point exception - erroneous arithmetic operation."
        exit 2
    }
    print " Molecular weight of atmosphere =    28.966"
    if (behaviour == "hang") { step(1, "4.45E-05", 1e-6); system("exec sleep 1000") }
    while (behaviour == "spin") {}
    if (behaviour == "nan") {
        step(1, "4.45E-05", 1e-6)
        for (n = 2; ; n++) { step(n, "NaN", n * 1e-6); system("sleep 0.01") }
    }
    time = 1e-6
    for (n = 1; n <= 40; n++) {
        if (behaviour == "slow") system("sleep 0.02")
        time *= behaviour == "short" ? 2 : 4
        step(n, real(1e-3 / n, 2), time)
    }
    if (behaviour == "garbled") {
        for (n = 1; n < 200; n++) print "\001\377 N =  EMAX = TIME = ****\t" > report
        print " PhotoMain run completed...."
        exit 0
    }
    print " OZONE COLUMN DEPTH =  5.7610E+18" > report
    print "     oxid_in = 2.188482E+12  oxid_out = 1.632872E-02  oxy_rain = 1.152E+12   redox = 1.242E+02" > report
    print "\n\n FLUXES OF LONG-LIVED SPECIES\n\n" > report
    for (first = 1; first <= count; first += 6) {
        line = "     Z      "
        surface = "  0.00E+00"
        above = "  5.00E+04"
        for (i = first; i < first + 6 && i <= count; i++) {
            line = line sprintf("  %-8s", species[i])
            surface = surface sprintf(" %9s", species[i] == "N" ? real(-1.5e-102, 2) : real(i * 1e9, 2))
            above = above sprintf(" %9s", real(i, 2))
        }
        print line "\n" surface "\n" above "\n" > report
    }
    print "\n AQUEOUS PHASE SPECIES" > report
    profile = "PHOTOCHEM/OUTPUT/PTZ_mixingratios_out.dist"
    line = "    PRESS     TEMP      ALT    "
    surface = "   9.831E-001  2.884E+002  2.500E+004"
    for (i = 1; i <= count; i++) {
        line = line sprintf("   %-7s", species[i])
        text = sprintf("%.3E", ratio[species[i]])
        sub(/E-/, "E-0", text)
        surface = surface "  " text
    }
    print line "\n" surface "\n" surface > profile
    print "   0.53520982E-16   0.21000000E+00 left by a run" > "PHOTOCHEM/OUTPUT/out.dist"
    print " 4.000E-04          !Carbon Dioxide" > "COUPLE/mixing_ratios.dat"
    print "2.500E+04  9.84E+05" > "COUPLE/fromPhoto2Clima.dat"
    if (behaviour == "no-report") system("rm -f " report)
    if (behaviour != "silent") print " PhotoMain run completed...."
}

# Writes the climate's output files, from its settings.

function table(surface, j, names) {
    names = "  J     P         ALT         T        CONVEC       DT          TOLD"
    print names > report
    for (j = 1; j <= 101; j++) {
        if (behaviour == "half" && last && j == 60) exit 0
        printf "%3d %s %s %s  0.00E+00 %12s  %s\n", j, sprintf("%.4E", 7.7e-6 + j * 0.01), \
            sprintf("%.4E", j == 101 ? 0 : 73 - j * 0.72), sprintf("%.4E", surface - 101 + j), \
            behaviour == "nan" && last && j == 50 ? "NaN" : "-1.0870E-03", sprintf("%.4E", surface) > report
    }
    print names "\n" > report
}

# The value is after the eleventh column.
/^NSTEPS=/ { steps = substr($0, 12) + 0 }
/^IMET=/ { methane = substr($0, 12) + 0 }
/^IUP=/ { first = substr($0, 12) + 0 }

END {
    report = "CLIMA/IO/clima_allout.tab"
    temperature = methane ? 290.5 : 288.25
    if (behaviour == "coupled") temperature += 2 / 8 ^ rounds
    if (behaviour == "uncoupled") temperature += rounds
    change = behaviour == "warming" ? 0.043 / 8 ^ rounds : behaviour == "restless" ? 0.043 : 9.09e-4
    if (behaviour == "crash") {
        print "Program received signal SIGSEGV: Segmentation fault - invalid memory reference."
        exit 139
    }
    for (n = 1; n <= steps; n++) {
        if (behaviour == "slow") system("sleep 0.02")
        if (behaviour == "cut" && n > steps / 2) exit 0
        printf " TIME STEP =%26d\n", n
        fflush()
        printf " NST=%6d JCONV= 74 CHG=1.12E-03 dt0=1.00E+04 DIVF(1)=-3.78E-05 DIVFrms= 2.15E-03 DT(ND)=-%.2E T(ND)=%.4E\n", \
            n, change, temperature > report
        if (n == 1) table(temperature + 1)
        if (behaviour == "hang" && n == 3) { fflush(); system("exec sleep 1000") }
    }
    print " PLANETARY ALBEDO:  ALBP = 0.2591" > report
    last = 1
    if (behaviour == "garbled") { printf "%c%c NST= \001\002 ****\n", 255, 1 > report; print " NST=  9999" > report; exit 0 }
    table(temperature)
    if (behaviour == "backtrace") print "Backtrace for this error:"
    print "2.500E+04  2.884E+02  1.231E-02" > "COUPLE/fromClima2Photo.dat"
    if (behaviour != "no-start") for (n = 0; n <= rounds; n++)
        print "   100.797329093772        0.451485588218352E-05 left by a run" (first ? " with IUP=1" : "") > "CLIMA/IO/TempOut.dat"
}

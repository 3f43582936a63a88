# Reads NAME|UNIT|MODEL|PUBLISHED|LOWEST|HIGHEST|SOURCE|REASON, prints the table and draws it into the file `plot`. The
# exit status is 1 if a value is out of its range without a reason.

function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    return text
}

BEGIN {
    printf "%-36s %-5s %10s %10s  %-17s %-4s %s\n", "", "", "model", "published", "tolerated", "", "source"
}

{
    met = $3 != "null" && $3 + 0 >= $5 + 0 && $3 + 0 <= $6 + 0
    mark = met ? "ok" : ($8 != "" ? "(*)" : "MISS")
    if (!met && $8 == "") missed++
    printf "%-36s %-5s %10.4g %10.4g  %7.4g to %6.4g %-4s %s\n", $1, $2, $3, $4, $5, $6, mark, $7
    if (!met && $8 != "") printf "%36s   (*) %s\n", "", $8
    name[NR] = $1 " (" $2 ")"
    # On a scale with the published value at 0 and the ends of the range at -1 and 1.
    place[NR] = $3 >= $4 ? ($3 - $4) / ($6 - $4) : ($3 - $4) / ($4 - $5)
    label[NR] = sprintf("%.4g / %.4g", $3, $4)
    good[NR] = met
}

END {
    left = 330
    unit = 110
    middle = left + 2 * unit
    height = 24 * NR + 70
    printf "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='13'>\n",
        left + 4 * unit + 150, height > plot
    printf "<rect width='100%%' height='100%%' fill='white'/>\n" > plot
    printf "<rect x='%d' y='40' width='%d' height='%d' fill='#e4efe4'/>\n", middle - unit, 2 * unit, 24 * NR > plot
    printf "<line x1='%d' y1='40' x2='%d' y2='%d' stroke='#555'/>\n", middle, middle, 40 + 24 * NR > plot
    printf "<text x='%d' y='28' text-anchor='middle'>published</text>\n", middle > plot
    printf "<text x='%d' y='28' text-anchor='middle'>lowest</text>\n", middle - unit > plot
    printf "<text x='%d' y='28' text-anchor='middle'>highest tolerated</text>\n", middle + unit > plot
    printf "<text x='%d' y='28'>model / published</text>\n", left + 4 * unit + 20 > plot
    for (i = 1; i <= NR; i++) {
        x = place[i] < -2 ? -2 : (place[i] > 2 ? 2 : place[i])
        y = 40 + 24 * (i - 0.5)
        printf "<text x='%d' y='%d' text-anchor='end'>%s</text>\n", left - 20, y + 5, escaped(name[i]) > plot
        printf "<circle cx='%.1f' cy='%.1f' r='6' fill='%s'/>\n", middle + unit * x, y,
            good[i] ? "#1b6e3c" : "#c0392b" > plot
        printf "<text x='%d' y='%d'>%s</text>\n", left + 4 * unit + 20, y + 5, label[i] > plot
    }
    printf "</svg>\n" > plot
    close(plot)
    printf "drawn: %s\n", plot
    if (missed) printf "%d unexplained\n", missed
    exit missed > 0
}

# shellcheck shell=bash
# shellcheck disable=SC2154  # set by the script that sources this
# To be sourced: measures the column model. Expects $root to be the project's folder and $scratch an empty one.

# Prints the cost of a cold and of a warm-started run, for the neighbours of an exploration.
bench_model() {
    local model=$root/.build/column-model/column-model points=24 round=5 i kind
    make --silent -C "$root/Sources/column-model" BUILD="$root/.build/column-model"
    for ((i = 0; i < points; i++)); do
        mkdir -p "$scratch/parent$i" "$scratch/cold$i" "$scratch/warm$i/parent"
        awk -v i="$i" 'BEGIN { printf "&point CO2=%.4g insolation=%.4g /\n", 1e-4 * 10^(i / 10), 0.95 }' \
            >"$scratch/parent$i/point.nml"
        awk -v i="$i" 'BEGIN { printf "&point CO2=%.4g insolation=%.4g /\n", 1e-4 * 10^((i + 1) / 10), 0.95 }' \
            | tee "$scratch/cold$i/point.nml" >"$scratch/warm$i/point.nml"
        (cd "$scratch/parent$i" && "$model" >model.log)
        cp "$scratch/parent$i/column_state.dat" "$scratch/warm$i/parent/"
    done
    for kind in cold warm; do
        # CPU seconds of the model alone: the shell's children. The least of several measurements counts.
        for ((i = 0; i < round; i++)); do
            TIMEFORMAT=%U
            { time bench_model_runs "$model" "$kind" "$points"; } 2>>"$scratch/$kind.seconds"
        done
        sort -n "$scratch/$kind.seconds" | awk -v kind="$kind" -v points="$points" -v steps="$(
            sed -n 's/^  "iterations": \([0-9]*\),$/\1/p' "$scratch/$kind"*/result.json | awk '{ n += $1 } END { print n }'
        )" 'NR == 1 { printf "%s %.4f %.1f\n", kind, 1000 * $1 / points, steps / points }' >>"$scratch/costs"
    done
    awk '{ milliseconds[$1] = $2; steps[$1] = $3 }
        END {
            for (kind in steps) printf "model: %s run %.1f ms of CPU, %.1f steps\n", kind, milliseconds[kind], steps[kind]
            printf "model: a warm start saves %.0f %% of the steps and %.0f %% of the time\n",
                100 * (1 - steps["warm"] / steps["cold"]), 100 * (1 - milliseconds["warm"] / milliseconds["cold"])
        }' "$scratch/costs"
}

bench_model_runs() {
    local i
    for ((i = 0; i < $3; i++)); do
        (cd "$scratch/$2$i" && "$1" >model.log)
    done
}

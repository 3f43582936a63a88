# shellcheck shell=bash
# Sourced by scripts/bench, which sets $root and $scratch.

# Measures the ledger on a private server with the settings of LocalStack: every commit reaches the disk.
bench_ledger() {
    # shellcheck disable=SC2154  # set by scripts/bench
    local package=$root/scripts/benchmarks/ledger-benchmark build=$root/.build/ledger-benchmark data=$scratch/mariadb as_root=() pool
    "$root/scripts/setup"
    # shellcheck source=scripts/lib/swift.sh
    source "$root/scripts/lib/swift.sh"
    find_swift
    [[ $EUID != 0 ]] || as_root=(--user=root)
    swift build -c release --package-path "$package" --scratch-path "$build" >"$scratch/build.log" 2>&1 ||
        { cat "$scratch/build.log" >&2 && return 1; }
    mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
        --skip-name-resolve "${as_root[@]}" >"$scratch/install.log" 2>&1 ||
        { cat "$scratch/install.log" >&2 && return 1; }
    # A quarter of the machine's memory, as for a server that shares it with the workers. All tables must fit; and the log
    # has space for everything, so that the server does not have to write pages to the disk during a measurement.
    pool=$(awk '/^MemTotal:/ { print int($2 / 4096) }' /proc/meminfo)M
    mariadbd --no-defaults --datadir="$data" --socket="$scratch/mariadb.sock" --pid-file="$scratch/mariadb.pid" \
        --log-error="$scratch/mariadb.log" --tmpdir="$scratch" --skip-networking --skip-name-resolve \
        --character-set-server=utf8mb4 --default-time-zone=+00:00 --innodb-buffer-pool-size="$pool" \
        --innodb-log-file-size=8G --local-infile=1 "${as_root[@]}" &
    until mariadb-admin --no-defaults --user=root --socket="$scratch/mariadb.sock" ping >/dev/null 2>&1; do
        sleep 0.1
    done
    "$build/release/ledger-benchmark" "$scratch/mariadb.sock" "$scratch" 40000 5 12000 0 1000000
}

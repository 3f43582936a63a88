# shellcheck shell=bash
# shellcheck disable=SC2154  # set by the script that sources this
# To be sourced: builds executables. Expects $root to be the project's folder.
#
# Exploring needs four executables. There are two builds of them:
#   .build/quick/release   not optimised, ready in a third of the time: what the first exploration runs with
#   .build/release         optimised; built in the background at the lowest priority, and used from the next start

# What exploring needs: the front door, and the roles that it starts.
exploring=(atmos atmos-worker atmos-master atmos-sql-client)

# The release configuration without optimisation: one compilation for each module, no index, no debug information, and none
# of the checks that packages make in the debug configuration, which would cost more than the missing optimisation.
quick_flags=(--scratch-path "$root/.build/quick" -c release -Xswiftc -Onone -debug-info-format none)

# The packages of others, which need nothing that scripts/setup installs.
package_targets=(Subprocess ArgumentParser ServiceLifecycle FlyingFox Yams Logging Metrics TextTable HeapModule)

# Sets everything up and builds what exploring needs, as far as it is not up to date; $executables is their folder.
prepare_exploring() {
    local start=$SECONDS built
    # shellcheck source=scripts/lib/swift.sh
    source "$root/scripts/lib/swift.sh"
    mkdir -p "$root/.build"
    if is_current release; then
        "$root/scripts/setup"
        executables=$root/.build/release
        return
    fi
    compile_packages_during_setup
    printf 'set up in %d s\n' "$((SECONDS - start))" >&2
    built=$SECONDS
    if ! is_current quick; then
        local product
        # The stamp has the time of the start: sources that change during the build make it outdated.
        touch "$root/.build/quick.started"
        for product in "${exploring[@]}"; do
            run_build quick "${quick_flags[@]}" --product "$product" || return
        done
        mv "$root/.build/quick.started" "$root/.build/quick.stamp"
        printf 'built in %d s, without optimisation\n' "$((SECONDS - built))" >&2
    fi
    executables=$root/.build/quick/release
    build_release_in_background
}

# Whether a build is newer than all sources: is_current quick|release
is_current() {
    local stamp=$root/.build/$1.stamp
    [[ -e $stamp && -z $(find "$root/Sources" "$root/Package.swift" -newer "$stamp" -print -quit) ]]
}

# Runs scripts/setup. If there is nothing built yet, other packages are compiled while it waits for the network.
compile_packages_during_setup() {
    local stop=$root/.build/setup.done status=0 packages
    rm -f "$stop"
    if [[ ! -d $root/.build/quick ]] && find_swift 2>/dev/null; then
        (
            for target in "${package_targets[@]}"; do
                [[ -e $stop ]] || swift build --package-path "$root" "${quick_flags[@]}" --target "$target" || exit
            done
        ) >"$root/.build/packages.log" 2>&1 &
        packages=$!
    fi
    "$root/scripts/setup" || status=$?
    touch "$stop"
    # What does not compile here fails again below, where the reason is shown.
    [[ -z ${packages:-} ]] || wait "$packages" || true
    rm -f "$stop"
    ((status == 0)) && find_swift
}

# Builds with a progress line on standard error; the compiler's own output is shown only if it fails.
# run_build NAME OPTION…
run_build() {
    local log=$root/.build/$1.log build status=0
    shift
    swift build --package-path "$root" "$@" >"$log" 2>&1 &
    build=$!
    show_progress "$log" "$build"
    wait "$build" || status=$?
    if ((status != 0)); then cat "$log" >&2; fi
    return "$status"
}

# Shows how far a build is until its process has ended: on a terminal a bar, elsewhere a line every ten seconds.
show_progress() {
    local log=$1 build=$2 start=$SECONDS shown=$SECONDS step line='' bar
    while kill -0 "$build" 2>/dev/null; do
        sleep 0.5
        # `[12/160] Compiling Support UTC.swift`: done, of how many, and what.
        step=$(grep -oE '^\[[0-9]+/[0-9]+\] Compiling [A-Za-z_-]+' "$log" | tail -n 1) || true
        [[ $step =~ ^\[([0-9]+)/([0-9]+)\]\ [A-Za-z]+\ (.*)$ ]] || continue
        local done=${BASH_REMATCH[1]} of=${BASH_REMATCH[2]} what=${BASH_REMATCH[3]}
        if [[ -t 2 ]]; then
            bar=$(printf '%*s' "$((30 * done / of))" '')
            line=$(printf 'building [%-30s] %d of %d  %d s  %s' "${bar// /#}" "$done" "$of" "$((SECONDS - start))" "$what")
            printf '\r\e[K%s' "${line:0:79}" >&2
        elif ((SECONDS - shown >= 10)); then
            shown=$SECONDS
            printf 'building: %d of %d steps after %d s (%s)\n' "$done" "$of" "$((SECONDS - start))" "$what" >&2
        fi
    done
    [[ -z $line ]] || printf '\r\e[K' >&2
}

# Builds optimised executables in the foreground: build_release PRODUCT…
build_release() {
    local product
    "$root/scripts/setup" || return
    # shellcheck source=scripts/lib/swift.sh
    source "$root/scripts/lib/swift.sh"
    find_swift || return
    mkdir -p "$root/.build"
    for product in "$@"; do run_build release -c release --product "$product" || return; done
}

# Builds them behind an exploration, and after it if need be. One such build runs at a time.
build_release_in_background() {
    # shellcheck disable=SC2016  # expanded by the shell that is started
    setsid nice -n 19 flock --nonblock "$root/.build/release.lock" bash -c '
        root=$1; shift
        touch "$root/.build/release.started"
        for product in "$@"; do swift build --package-path "$root" -c release --product "$product" || exit; done
        mv "$root/.build/release.started" "$root/.build/release.stamp"
    ' build "$root" "${exploring[@]}" >"$root/.build/release-background.log" 2>&1 </dev/null &
    printf 'the optimised build continues in the background and is used from the next start on\n' >&2
}

# The folder with the newest executables that exist: $executables. Builds them if there are none.
find_executables() {
    if [[ -e $root/.build/release.stamp && ! $root/.build/quick.stamp -nt $root/.build/release.stamp ]]; then
        executables=$root/.build/release
    elif [[ -e $root/.build/quick.stamp ]]; then
        executables=$root/.build/quick/release
    else
        prepare_exploring
    fi
}

# shellcheck shell=bash
# To be sourced: builds the executables. Expects $root to be the project's folder.

# Sets everything up and brings .build/release up to date; the compiler is heard only when it fails.
build_release() {
    # shellcheck disable=SC2154  # whoever sources this sets it
    local log="$root/.build/release.log" start=$SECONDS
    "$root/scripts/setup"
    # shellcheck source=scripts/lib/swift.sh
    source "$root/scripts/lib/swift.sh"
    find_swift
    mkdir -p "$root/.build"
    printf 'Building (the first time takes some minutes)… ' >&2
    if swift build --package-path "$root" -c release >"$log" 2>&1; then
        printf 'done in %d s.\n' "$((SECONDS - start))" >&2
    else
        printf 'failed:\n' >&2
        cat "$log" >&2
        return 1
    fi
}

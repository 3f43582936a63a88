# shellcheck shell=bash
# To be sourced: finds the Swift toolchain.

# Puts a Swift of at least 6.2 into PATH, also from where its installers put it without telling the shell.
# Fails with a hint when there is none.
find_swift() {
    local folder version
    for folder in "" /opt/swift/usr/bin "${SWIFTLY_BIN_DIR:-${HOME:-}/.local/share/swiftly/bin}"; do
        if [[ -z $folder ]]; then
            command -v swift >/dev/null || continue
        else
            [[ -x $folder/swift ]] || continue
            PATH="$folder:$PATH"
        fi
        version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
        if [[ -n $version ]] && { ((${version%%.*} > 6)) || { ((${version%%.*} == 6)) && ((${version#*.} >= 2)); }; }; then
            return 0
        fi
    done
    if [[ -n ${version:-} ]]; then
        printf 'setup: Swift %s is too old: 6.2 or later is needed.\n' "$version" >&2
    else
        printf 'setup: missing: Swift 6.2 or later.\n' >&2
    fi
    printf 'setup: Get it from https://www.swift.org/install/linux/ (with swiftly: swiftly install latest),\n' >&2
    printf 'setup: and put it into PATH.\n' >&2
    return 1
}

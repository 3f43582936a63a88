# shellcheck shell=bash
# To be sourced: packs executables with the libraries that they need, for places that have none. Expects $launcher to be
# the path of k8s/images/launcher.c.

# The libraries that executables are linked with, one a line, the loader among them.
libraries_of() {
    ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

# What the C library loads by name, and no program is linked with, is not among them: names of hosts it has found by
# itself since glibc 2.34.

# Packs the worker so that it runs in any root file system: bundle_worker EXECUTABLE FOLDER
#
#   bin/        the worker, and cp, to copy the folder with: each a launcher that needs nothing at all
#   programs/   what these launch
#   lib/        the loader, and all libraries
#   ca-certificates.crt   the authorities that this machine trusts
#
# The folder may be moved and copied as a whole.
bundle_worker() {
    local worker=$1 folder=$2 name library certificates=/etc/ssl/certs/ca-certificates.crt
    local -A programs=([atmos-worker]=$worker [cp]=$(command -v cp))
    mkdir -p "$folder/bin" "$folder/programs" "$folder/lib"
    # shellcheck disable=SC2154  # whoever sources this sets it
    cc -static -Os -Wall -Wextra -Werror -s -o "$folder/launcher" "$launcher"
    for name in "${!programs[@]}"; do
        cp --dereference "${programs[$name]}" "$folder/programs/$name"
        ln --force "$folder/launcher" "$folder/bin/$name"
    done
    rm "$folder/launcher"
    while read -r library; do
        case ${library##*/} in
            ld-linux*) cp --dereference "$library" "$folder/lib/loader" ;;
            *) cp --dereference "$library" "$folder/lib/" ;;
        esac
    done < <(libraries_of "${programs[@]}")
    if [[ -e $certificates ]]; then cp --dereference "$certificates" "$folder/"; fi
}

# Packs an executable and its libraries into a root file system, each where it is here: bundle_root FILE TARGET FOLDER,
# with TARGET the place of the executable in there.
bundle_root() {
    local file=$1 target=$2 folder=$3 library
    install -D -m 755 "$file" "$folder$target"
    while read -r library; do
        install -D -m 755 "$library" "$folder$library"
    done < <(libraries_of "$file")
}

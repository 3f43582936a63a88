# shellcheck shell=bash
# To be sourced: bundles executables with their libraries, for root file systems without any. Expects $launcher to be the
# path of k8s/images/launcher.c.

# Prints the libraries of executables, including the loader, one a line.
libraries_of() {
    ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

# Libraries that the C library loads by name are not included: since glibc 2.34 it resolves host names without any.

# Bundles the worker so that it runs in any root file system: bundle_worker EXECUTABLE FOLDER
#
#   bin/        the worker, and cp to copy the folder: each a launcher without dependencies
#   programs/   the launched programs
#   lib/        the loader, and all libraries
#   ca-certificates.crt   the authorities that this machine trusts
#
# The folder may be moved and copied as a whole.
bundle_worker() {
    local worker=$1 folder=$2 name library certificates=/etc/ssl/certs/ca-certificates.crt
    local -A programs=([atmos-worker]=$worker [cp]=$(command -v cp))
    mkdir -p "$folder/bin" "$folder/programs" "$folder/lib"
    # shellcheck disable=SC2154  # the script that sources this sets it
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

# Copies an executable to TARGET in a root file system, and its libraries to their usual paths:
# bundle_root FILE TARGET FOLDER.
bundle_root() {
    local file=$1 target=$2 folder=$3 library
    install -D -m 755 "$file" "$folder$target"
    while read -r library; do
        install -D -m 755 "$library" "$folder$library"
    done < <(libraries_of "$file")
}

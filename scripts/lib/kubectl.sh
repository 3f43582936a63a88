# shellcheck shell=bash
# To be sourced: the kubectl that the tests of the manifests build them with. Expects $root to be the project's folder.

# Whether a kubectl knows kustomize's components: since 1.21; Debian 12 still has 1.20.
builds_components() {
    [[ -x $(command -v "$1") ]] && "$1" kustomize "$root/k8s/overlays/local" >/dev/null 2>&1
}

# Puts a kubectl into .build/kubectl, unless one in PATH will do.
make_kubectl() {
    # shellcheck disable=SC2154  # the script that sources this sets it
    local folder="$root/.build/kubectl" log="$root/.build/kubectl.log"
    builds_components kubectl && return
    builds_components "$folder/kubectl" && return
    mkdir -p "$root/.build"
    exec 7>"$root/.build/kubectl.lock"
    flock 7
    if ! builds_components "$folder/kubectl"; then
        printf 'Getting kubectl for the tests… ' >&2
        if download_kubectl "$folder" >"$log" 2>&1 && builds_components "$folder/kubectl"; then
            printf 'done.\n' >&2
        else
            printf 'failed:\n' >&2
            tail -n 20 "$log" >&2
            printf 'setup: needed: kubectl 1.21 or later in PATH; see https://kubernetes.io/docs/tasks/tools/\n' >&2
            return 1
        fi
    fi
    exec 7>&-
}

# Downloads Debian 13's kubectl, from the mirror that this Debian uses, and unpacks it into a folder. Nothing of the
# system changes: apt-get gets separate lists, and verifies them with Debian's keys as usual.
download_kubectl() {
    local folder=$1 suite=trixie keys=/usr/share/keyrings/debian-archive-keyring.gpg work="$1.new" mirror
    mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Identifier: Packages' |
        sed -n "s/^$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) //p" | head -n 1)
    if [[ -z $mirror || ! -e $keys ]]; then
        echo "this is not Debian, or its package sources are unknown"
        return 1
    fi
    rm -rf "$work" "$folder"
    mkdir -p "$work"/{lists,cache}/partial
    : >"$work/status"
    echo "deb [signed-by=$keys] $mirror $suite main" >"$work/sources.list"
    local options=(
        -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State=$work" -o "Dir::State::Lists=$work/lists" -o "Dir::State::Status=$work/status"
        -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
    )
    apt-get "${options[@]}" update &&
        (cd "$work" && apt-get "${options[@]}" download kubectl && dpkg-deb --extract kubectl_*.deb "$work/root") &&
        mkdir -p "$folder" && mv "$work/root/usr/bin/kubectl" "$folder/kubectl" && rm -rf "$work"
}

# shellcheck shell=bash
# shellcheck disable=SC2154  # the script that sources this sets them
# To be sourced: builds images with buildah or docker. Expects $root, $context, $engine, $registry, and say and fail.

# Chooses the engine.
choose_engine() {
    if [[ -z $engine ]]; then
        if command -v buildah >/dev/null; then engine=buildah; else engine=docker; fi
    fi
    case $engine in
        buildah) export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} ;;
        docker) ;;
        *) fail "there is no engine '$engine'; buildah and docker are known" 64 ;;
    esac
    command -v "$engine" >/dev/null || fail "needed: buildah or docker (apt-get install buildah)" 69
    if [[ $engine == docker ]] && ! docker version >/dev/null 2>&1; then fail "docker's daemon does not answer" 69; fi
}

# Makes a small Debian or Ubuntu image of this machine's release from packages, unless it exists, and prints its name.
make_base() {
    local release name archive=$root/.build/images/base.tar container
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:?}")
    name=localhost/atmos-base:$release
    if ! "$engine" inspect "$name" >/dev/null 2>&1; then
        command -v mmdebstrap >/dev/null || fail "needed: mmdebstrap (apt-get install mmdebstrap), or --base IMAGE" 69
        say "making $name from packages"
        mmdebstrap --quiet --variant=apt "$release" "$archive" >&2
        if [[ $engine == docker ]]; then
            docker import "$archive" "$name" >/dev/null
        else
            container=$(buildah from scratch)
            buildah add --quiet "$container" "$archive" / >/dev/null
            buildah commit --quiet "$container" "$name" >/dev/null
            buildah rm "$container" >/dev/null
        fi
        rm "$archive"
    fi
    echo "$name"
}

# Builds an image called localhost/atmos-NAME: build_image NAME CONTAINERFILE OPTION…
build_image() {
    local name=$1 file=$root/k8s/images/$2.Containerfile log=$root/.build/images/$1.log
    shift 2
    say "building atmos-$name"
    "$engine" build --file "$file" --tag "localhost/atmos-$name" "$@" "$context" >"$log" 2>&1 ||
        { tail -n 40 "$log" >&2 && fail "atmos-$name could not be built; the whole log is in $log"; }
}

# Pushes an image and prints its digest: push_image NAME
push_image() {
    local target=$registry/atmos-$1 file options=()
    case $engine in
        buildah)
            file=$(mktemp)
            # A registry on this machine has no certificate.
            case $registry in localhost | localhost[:/]*) options=(--tls-verify=false) ;; esac
            buildah push --quiet "${options[@]}" --digestfile "$file" "localhost/atmos-$1" "docker://$target"
            cat "$file"
            rm "$file"
            ;;
        docker)
            docker tag "localhost/atmos-$1" "$target"
            docker push --quiet "$target" >&2
            docker inspect --format '{{index .RepoDigests 0}}' "$target" | sed 's/.*@//'
            ;;
    esac
}

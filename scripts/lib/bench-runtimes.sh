# shellcheck shell=bash
# shellcheck disable=SC2154  # set by the script that sources this
# To be sourced: measures the overhead of running a model. Expects $root to be the project's folder, $scratch an empty
# one, and the executables in .build/release.

# Measures a model that writes a result at once, as a process and in containers.
bench_runtimes() {
    local report=$root/.build/model-benchmark.json image=()
    printf '%s\n' '#include <stdio.h>' 'int main(void) {' \
        '    FILE *result = fopen("result.json", "w");' \
        '    return !result || fputs("{\"verdict\": \"stable\"}\n", result) < 0 || fclose(result) != 0;' '}' \
        >"$scratch/tiny.c"
    cc -O2 -static -o "$scratch/model" "$scratch/tiny.c"
    if bench_image; then
        image=(localhost/atmos-bench-tiny)
        export ATMOS_CONTAINER_OPTIONS="${bench_store[*]} --runtime runc --cgroup-manager cgroupfs"
        export ATMOS_CONTAINER_RUN_OPTIONS="--ulimit nofile=1024:1024 --ulimit nproc=4096:4096"
    else
        printf 'bench: skipping containers: podman, buildah or runc is missing or does not work here\n' >&2
    fi
    "$root/.build/release/model-benchmark" "$scratch/model" "$scratch/runs" "$report" "${image[@]}"
    # The engine removes ended containers with a delay.
    while ((${#image[@]} > 0)) && [[ -n $(podman "${bench_store[@]}" ps --all --quiet) ]]; do sleep 0.1; done
    printf 'load average %s; as JSON, also in %s:\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)" "$report"
    cat "$report"
}

# Builds an image that contains only the model, in a separate store.
bench_image() {
    command -v podman buildah runc >/dev/null || return 1
    bench_store=(--root "$scratch/graph" --runroot "$scratch/run" --storage-driver vfs)
    mkdir -p "$scratch/image"
    cp "$scratch/model" "$scratch/image/model"
    printf 'FROM scratch\nCOPY model /model\n' >"$scratch/Containerfile"
    buildah "${bench_store[@]}" build --quiet --isolation chroot --file "$scratch/Containerfile" \
        --tag localhost/atmos-bench-tiny "$scratch/image" >"$scratch/image.log" 2>&1
}

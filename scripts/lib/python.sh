# shellcheck shell=bash
# To be sourced: the Python that servers for tests run on. Expects $root to be the project's folder.

# Makes a virtual environment in .build/python with what Tests/requirements.txt names from PyPI, unless it is there.
# The copy of that file inside is written last, so that one that was cut short is never taken for whole.
make_python() {
    # shellcheck disable=SC2154  # set by the script that sources this
    local wanted="$root/Tests/requirements.txt" folder="$root/.build/python" log="$root/.build/python.log"
    cmp --silent "$wanted" "$folder/requirements.txt" && return
    mkdir -p "$root/.build"
    exec 8>"$root/.build/python.lock"
    flock 8
    cmp --silent "$wanted" "$folder/requirements.txt" && return
    printf 'Getting Python packages for the tests… ' >&2
    rm -rf "$folder"
    if python3 -m venv "$folder" >"$log" 2>&1 &&
        "$folder/bin/python" -m pip install --disable-pip-version-check --requirement "$wanted" >>"$log" 2>&1; then
        cp "$wanted" "$folder/requirements.txt"
        printf 'done.\n' >&2
    else
        printf 'failed:\n' >&2
        tail -n 20 "$log" >&2
        printf 'setup: needed: python3 with venv (Debian: python3-venv), and PyPI or a mirror of it.\n' >&2
        return 1
    fi
    exec 8>&-
}

# shellcheck shell=bash
# To be sourced: the Python with astropy that a test reads exported files back with. Expects $root to be the project's
# folder.

# Makes a virtual environment in .build/astropy with astropy from PyPI, unless it is there.
make_astropy() {
    # shellcheck disable=SC2154  # whoever sources this sets it
    local folder=$root/.build/astropy packages=(astropy==8.0.2 numpy==2.4.6)
    if [[ $(cat "$folder/packages" 2>/dev/null) == "${packages[*]}" ]]; then return; fi
    rm -rf "$folder"
    python3 -m venv "$folder" &&
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2 &&
        echo "${packages[*]}" >"$folder/packages"
}

#!/usr/bin/env bash
# Runs in the first stage of roles.Containerfile: collects the files of the images in /image/roles and /image/worker.
set -euo pipefail

# shellcheck source=scripts/lib/bundle.sh
source /build/bundle.sh
launcher=/build/launcher.c

strip --strip-unneeded /usr/local/bin/*
for program in /usr/local/bin/*; do
    # The worker has a separate image.
    [[ $program == */atmos-worker ]] || bundle_root "$program" "$program" /image/roles
done

# Files that are loaded by name: authentication plugins for MySQL and MariaDB, and trusted authorities.
plugins=$(find /usr/lib -type d -path '*/libmariadb3/plugin' -print -quit)
if [[ -n $plugins ]]; then
    mkdir -p "/image/roles$plugins"
    cp "$plugins"/*.so "/image/roles$plugins/"
fi
mkdir -p /image/roles/etc/ssl /image/roles/usr/lib/ssl /image/roles/usr/share/ca-certificates
cp --dereference --recursive /etc/ssl/certs /image/roles/etc/ssl/
ln -s /etc/ssl/certs /image/roles/usr/lib/ssl/certs

# A name for the user, and a folder for temporary files if no volume is mounted.
printf 'atmos:x:65532:65532:Atmos Explorer:/:/nonexistent\n' >/image/roles/etc/passwd
printf 'atmos:x:65532:\n' >/image/roles/etc/group
printf 'hosts: files dns\n' >/image/roles/etc/nsswitch.conf
install -d -m 1777 /image/roles/tmp

bundle_worker /usr/local/bin/atmos-worker /image/worker

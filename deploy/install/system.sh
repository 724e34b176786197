# Parts of install.sh: the machine, Debian's packages, the account.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # shared with install.sh

check_machine() {
    local id="" release="" free
    # shellcheck source=/dev/null
    { read -r id && read -r release; } < <(. /etc/os-release && printf '%s\n%s\n' "${ID:-}" "${VERSION_ID:-}")
    if [ "$id" != debian ] || { [ "$release" != 12 ] && [ "$release" != 13 ]; }; then
        fail "this is ${id:-unknown} ${release:-}; the portal is installed on Debian 12 or 13 this way, and elsewhere with Docker."
    fi
    free=$(($(df --output=avail -k /opt | tail -n 1) / 1024))
    [ "$free" -ge 2000 ] || fail "/opt has $free MB free; 2000 are needed for a release and its database."
    [ -n "$host" ] || host=$(public_host)
    if [ -z "$packages_only" ]; then
        [ -n "$host" ] || fail "name the host under which residents reach the portal: --host portal.example.org"
        [[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ ]] || fail "$host is no name of a host; leave out https:// and paths."
    fi
    if [ ! -d /run/systemd/system ] && [ -z "$no_systemd$no_start$packages_only" ]; then
        fail "systemd is not running here; take --no-systemd (the processes start directly) or --no-start."
    fi
}

install_packages() {
    local missing=() name
    for name in "${PACKAGES[@]}"; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    # In a chroot nothing may be started by a package.
    local policy=/usr/sbin/policy-rc.d own=""
    if [ ! -d /run/systemd/system ] && [ ! -e "$policy" ]; then
        own=1
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 0755 "$policy"
    fi
    local done=1
    { quietly apt-get update && quietly apt-get install -y --no-install-recommends "${missing[@]}"; } || done=""
    [ -z "$own" ] || rm "$policy"
    [ -n "$done" ] || fail "Debian's packages could not be installed: ${missing[*]}. Without a network, name a mirror or a medium in /etc/apt/sources.list first."
    changed "installed ${missing[*]}"
}

make_account() {
    if ! getent passwd "$ACCOUNT" >/dev/null; then
        useradd --system --user-group --home-dir "$STATE" --no-create-home --shell /usr/sbin/nologin "$ACCOUNT"
        changed "made the account $ACCOUNT"
    fi
    folder /opt/nanhu 0755 root:root
    folder "$RELEASES" 0755 root:root
    folder "$CONFIGURATION" 0750 "root:$ACCOUNT"
    folder "$STATE" 0750 "$ACCOUNT:$ACCOUNT"
    folder "$STATE/media" 0750 "$ACCOUNT:$ACCOUNT"
    folder "$STATE/backups" 0700 "$ACCOUNT:$ACCOUNT"
}

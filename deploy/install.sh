#!/bin/bash
# Installs the portal on Debian 12 or 13. It may be run again at any time: it changes what is not in order, and nothing else.
#
#   deploy/install.sh --host portal.example.org
#
#   --host NAME          under which residents reach the portal; needed the first time
#   --bundle FILE        install from this archive of deploy/bundle, without any package index
#   --certificate FILE   certificate for NAME with its chain, and
#   --key FILE           its key (PEM). Without them: certbot where the name leads to this server, else self-signed
#   --root DIR           into the Debian system below DIR (a chroot), with --no-systemd
#   --no-systemd         start the processes directly, and say which they are
#   --no-start           start nothing but PostgreSQL while it is needed: for making an image
#   --packages           install Debian's packages and stop: what needs a network or a mirror on an offline server
#   -- OPTIONS           the rest goes to `manage.py setup`: answers to its questions (nanhu setup --help)
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HERE=$(cd "$(dirname "$0")/.." && pwd -P)
SOURCE=$HERE

PACKAGES=(python3 python3-venv postgresql postgresql-client nginx openssl ca-certificates logrotate tzdata util-linux hostname)

# shellcheck source=deploy/lib.sh
. "$HERE/deploy/lib.sh"
# shellcheck source=deploy/install/system.sh
. "$HERE/deploy/install/system.sh"
# shellcheck source=deploy/install/release.sh
. "$HERE/deploy/install/release.sh"
# shellcheck source=deploy/install/database.sh
. "$HERE/deploy/install/database.sh"
# shellcheck source=deploy/install/web.sh
. "$HERE/deploy/install/web.sh"

host="" bundle="" unpacked="" certificate="" key="" root="" no_systemd="" no_start="" packages_only="" setup_options=()

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0"; }

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --host | --bundle | --certificate | --key | --root)
            [ $# -gt 1 ] || fail "$1 needs a value."
            case $1 in
            --host) host=$2 ;;
            --bundle) bundle=$(realpath -e "$2") || fail "$2 does not exist." ;;
            --certificate) certificate=$(realpath -e "$2") || fail "$2 does not exist." ;;
            --key) key=$(realpath -e "$2") || fail "$2 does not exist." ;;
            --root) root=$(realpath -e "$2") || fail "$2 does not exist." ;;
            esac
            shift 2
            ;;
        --no-systemd) no_systemd=1 && shift ;;
        --no-start) no_start=1 && shift ;;
        --packages) packages_only=1 && shift ;;
        -h | --help) usage && exit ;;
        --) shift && setup_options=("$@") && break ;;
        *) fail "$1 is no option; $0 --help lists them." ;;
        esac
    done
    [ -z "$certificate$key" ] || { [ -n "$certificate" ] && [ -n "$key" ]; } || fail "--certificate and --key belong together."
}

# Into the system below DIR: the same script, in a chroot of its own mounts, with this code and the named files inside.
enter_root() {
    [ -x "$root/usr/bin/dpkg" ] || fail "$root holds no Debian system; debootstrap or mmdebstrap makes one."
    local inside=(--no-systemd) file
    local -A named=([--bundle]=$bundle [--certificate]=$certificate [--key]=$key)
    # The key of the certificate may be among them, so they do not stay.
    trap 'rm -rf --one-file-system -- "$root/run/nanhu-install"' EXIT
    mkdir -p "$root/run/nanhu-install"
    for file in "${!named[@]}"; do
        [ -n "${named[$file]}" ] || continue
        install -m 0600 "${named[$file]}" "$root/run/nanhu-install/${file#--}"
        inside+=("$file" "/run/nanhu-install/${file#--}")
    done
    [ -z "$host" ] || inside+=(--host "$host")
    [ -z "$no_start" ] || inside+=(--no-start)
    [ -z "$packages_only" ] || inside+=(--packages)
    [ ${#setup_options[@]} -eq 0 ] || inside+=(-- "${setup_options[@]}")
    # shellcheck disable=SC2016 # expanded by the shell inside
    unshare --mount --propagation=private /bin/bash -c '
        set -e
        root=$1 source=$2 && shift 2
        mkdir -p "$root/run/nanhu-install/source"
        mount --bind "$source" "$root/run/nanhu-install/source"
        for name in proc sys dev; do mountpoint -q "$root/$name" || mount --rbind "/$name" "$root/$name"; done
        exec chroot "$root" /bin/bash /run/nanhu-install/source/deploy/install.sh "$@"
    ' enter-root "$root" "$HERE" "${inside[@]}"
    exit
}

finish() {
    end_step
    printf '\n'
    if [ "$changes" -eq 0 ]; then
        printf 'All was in order, nothing was changed (%d s).\n' $((SECONDS - begun))
    else
        printf 'Installed in %d s.\n' $((SECONDS - begun))
    fi
    printf '  The portal:      https://%s/\n  Staff:           https://%s/admin/\n' "$host" "$host"
    printf '  Settings, keys:  %s — copy it to paper or a safe: without its keys no backup can be read.\n' "$ENVIRONMENT"
    printf '  Passwords:       %s — of mail and text messages, once they are set; it is in no backup either.\n' "$STATE/settings.env"
    printf '  Commands:        nanhu help      nanhu backup      nanhu restore FILE\n'
    [ -z "$certificate_remark" ] || printf '\n%s\n' "$certificate_remark"
    [ -z "$setup_said" ] || printf '\n%s\n' "$setup_said"
}

main() {
    read_options "$@"
    cd / # a folder that postgres and nanhu may enter
    [ "$(id -u)" -eq 0 ] || fail "become root first: sudo $0 …"
    [ -z "$root" ] || enter_root
    trap '[ -z "$unpacked" ] || rm -rf "$unpacked"' EXIT
    step "this machine"
    check_machine
    step "Debian's packages"
    install_packages
    [ -z "$packages_only" ] || { end_step && exit; }
    step "account and folders"
    make_account
    step "code of the release"
    install_release
    step "PostgreSQL"
    start_postgresql
    make_database
    step "keys and settings"
    write_environment
    write_portal_settings
    step "tables, rights and static files"
    fill_release
    step "first settings"
    first_setup
    step "services"
    install_services
    step "nginx"
    install_nginx
    [ -n "$no_start" ] || { step "the portal answers" && wait_for_portal; }
    finish
}

main "$@"

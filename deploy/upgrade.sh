#!/bin/bash
# Brings another release of the portal into use without losing a request, and goes back by itself where that fails.
#
#   deploy/upgrade.sh [FOLDER]           to the release in a folder; by default to the one that this file is part of
#   deploy/upgrade.sh --bundle FILE      to the one in an archive that deploy/bundle made
#   deploy/upgrade.sh --back [VERSION]   back to the release that was in use before, or to one that is still here
#
# --anyway        although the portal is not ready now
# --root DIR      of the Debian system below DIR (a chroot), with --no-systemd
# --no-systemd    processes are started and stopped here, by pid files in /run/nanhu
#
# The old release serves until the new one has answered. Migrations only add (docs/upgrade.md), so that the old code
# runs on the new tables: going back never touches the database.
set -Eeuo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin
HERE=$(cd "$(dirname "$0")/.." && pwd)

# shellcheck source=deploy/lib.sh
. "$HERE/deploy/lib.sh"
# shellcheck source=deploy/install/release.sh
. "$HERE/deploy/install/release.sh"

root="" systemd=1 bundle="" source="" from="" back="" anyway="" old_version="" touched=""
read -ra ports <<<"${PORTS:-8001 8002}"
ready_seconds=${READY_SECONDS:-90} watch_seconds=${WATCH_SECONDS:-10} upload_seconds=300 stop_seconds=90
kept_releases=3

say() { printf '→ %s\n' "$1"; }
fail() { printf 'upgrade: %s\n' "$1" >&2; exit 1; }

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root) root=$(realpath -e -- "${2:?--root names a folder}") && systemd="" && shift ;;
            --no-systemd) systemd="" ;;
            --bundle) bundle=${2:?--bundle names a file} && shift ;;
            --back) back=1 ;;
            --anyway) anyway=1 ;;
            -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
            -*) fail "there is no option $1; see --help." ;;
            *) source=$1 ;;
        esac
        shift
    done
    prefix=${NANHU_PREFIX:-} # of tests: there everything lies, without being a system of its own
    RELEASES=$prefix$RELEASES CURRENT=$prefix$CURRENT ENVIRONMENT=$prefix$ENVIRONMENT STATE=$prefix$STATE
    UPSTREAM=$prefix$UPSTREAM run=$prefix/run/nanhu log=$prefix/var/log/nanhu
    nginx_pid=$prefix/run/nginx.pid nginx_conf=$prefix/etc/nginx/nginx.conf
}

oldest_for() { sed -n 's/^UPGRADES_FROM = "\([0-9A-Za-z.+-]*\)"$/\1/p' "$1/nanhu_portal/__init__.py"; }
# Whether the first version is the older one, or the same.
is_not_after() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# --- Running things --------------------------------------------------------------------------------------------------

# as_portal RELEASE PROGRAM…: in the folder of a release, with the portal's settings and as its account.
as_portal() { NANHU_PREFIX=$prefix NANHU_CODE=$1 "$HERE/deploy/nanhu" --run "${@:2}"; }

# manage RELEASE COMMAND…
manage() { as_portal "$1" .venv/bin/python manage.py "${@:2}"; }

own_setting() {
    as_portal "$old" .venv/bin/python -c "from nanhu_portal import settings; print(settings.$1 or '')" ||
        fail "the settings of release $old_version cannot be read; the lines above say why."
}

# What runs: web-8001, web-8002 or worker.
unit() { local name=${1/web-/web@}; printf 'nanhu-%s.service' "$name"; }

runs() {
    if [ -n "$systemd" ]; then systemctl is-active --quiet "$(unit "$1")"; else is_alive "$(pid_of "$1")"; fi
}

pid_of() { cat "$run/$1.pid" 2>/dev/null || true; }
is_alive() { [ -n "$1" ] && [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c 1)" != Z ] && [ -d "/proc/$1" ]; }

# Starts with the code that `current` names, and at the next start of the machine too.
start() {
    if [ -n "$systemd" ]; then
        systemctl enable --quiet "$(unit "$1")" && systemctl restart "$(unit "$1")"
        return
    fi
    local command=(.venv/bin/python manage.py worker)
    [ "$1" = worker ] || command=(deploy/serve-web "${1#web-}")
    NANHU_PREFIX=$prefix NANHU_CODE=$(realpath -- "$CURRENT") \
        setsid "$HERE/deploy/nanhu" --run "${command[@]}" >>"$log/$1.log" 2>&1 </dev/null 9>&- &
    echo $! >"$run/$1.pid"
}

# Ends it when its requests have ended.
stop() {
    if [ -n "$systemd" ]; then
        systemctl disable --quiet "$(unit "$1")"
        systemctl stop "$(unit "$1")"
        return
    fi
    local pid end=$((SECONDS + stop_seconds))
    pid=$(pid_of "$1")
    is_alive "$pid" && kill "$pid" 2>/dev/null
    while is_alive "$pid" && [ $SECONDS -lt $end ]; do sleep 0.1; done
    if is_alive "$pid"; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    rm -f "$run/$1.pid"
}

# Until the worker has told the database that it is alive.
restart_worker() {
    [ -n "$systemd" ] || stop worker
    start worker
    as_portal "$CURRENT" env DJANGO_SETTINGS_MODULE=nanhu_portal.settings .venv/bin/python - "$ready_seconds" <<'PYTHON'
import datetime, sys, time
import django

django.setup()

from django.db.models.functions import Now
from foundation.beats import WorkerBeat

begun = time.monotonic()
while not WorkerBeat.objects.filter(started_at__gt=Now() - datetime.timedelta(seconds=time.monotonic() - begun + 5)):
    if time.monotonic() - begun > float(sys.argv[1]):
        sys.exit("the worker does not start")
    time.sleep(0.5)
PYTHON
    runs worker || { echo "the worker does not stay up" >&2; return 1; }
}

point_current_to() { ln -sfn "$1" "$CURRENT.next" && mv -T "$CURRENT.next" "$CURRENT"; }

# The units of a release. What runs goes on as it is, and starts by these the next time.
write_units() {
    local unit
    [ -n "$systemd" ] || return 0
    for unit in "$1"/deploy/systemd/*; do put "/etc/systemd/system/${unit##*/}" 0644 root:root <"$unit" || true; done
    systemctl daemon-reload
}

# --- nginx -----------------------------------------------------------------------------------------------------------

nginx_workers() { cat "/proc/$(cat "$nginx_pid")/task/$(cat "$nginx_pid")/children"; }

# Whether nginx has workers beside those in a list.
has_new_workers() {
    local pid
    for pid in $(nginx_workers); do [[ " $1 " == *" $pid "* ]] || return 0; done
    return 1
}

# Leads new requests to a port, and returns when nobody is on the way to the other one any more.
lead_to() {
    local before pid end=$((SECONDS + 15))
    before=$(nginx_workers)
    sed "s/127\.0\.0\.1:[0-9]*/127.0.0.1:$1/" "$UPSTREAM" >"$UPSTREAM.next" && mv "$UPSTREAM.next" "$UPSTREAM"
    nginx -t -q -c "$nginx_conf" || return 1
    kill -HUP "$(cat "$nginx_pid")"
    until has_new_workers "$before"; do
        [ $SECONDS -lt $end ] || { echo "nginx does not take the new configuration" >&2; return 1; }
        sleep 0.1
    done
    # Those that took requests before end with them. A slow upload may take a while, but not for ever.
    end=$((SECONDS + upload_seconds))
    for pid in $before; do
        while is_alive "$pid" && [ $SECONDS -lt $end ]; do sleep 0.1; done
    done
}

# --- Asking ----------------------------------------------------------------------------------------------------------

# Whether an instance is ready and shows its pages.
answers() { python3 "$new/deploy/probe.py" "http://127.0.0.1:$1" --host "$host" --wait "$2"; }
# The same as residents reach it, for some seconds.
serves() { python3 "$new/deploy/probe.py" "$site" --at 127.0.0.1 --wait 10 --seconds "$1"; }

megabytes_free() { df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }'; }
megabytes_of() { du -sLm -- "$1" | cut -f 1; }

# --- The steps -------------------------------------------------------------------------------------------------------

find_release() {
    if [ -n "$back" ]; then
        new=$RELEASES/$source
        [ -n "$source" ] || new=$(cat "$RELEASES/.previous" 2>/dev/null) || fail "no release was in use before this one."
    else
        from=$(realpath -- "${source:-$HERE}")
    fi
    [ -n "$back" ] || { new=$RELEASES/$(version_of "$from") || true; }
    [ -f "${from:-$new}/nanhu_portal/__init__.py" ] || fail "${from:-$new} holds no release of the portal."
}

check() {
    local least
    old=$(realpath -- "$CURRENT")
    find_release
    old_version=$(version_of "$old") new_version=$(version_of "${from:-$new}")
    [ "$old_version" != "$new_version" ] || fail "release $old_version is in use already."
    if [ -z "$back" ]; then
        is_not_after "$old_version" "$new_version" ||
            fail "$new_version is older than $old_version, which is in use. Back to it: deploy/upgrade.sh --back"
        least=$(oldest_for "$from")
        is_not_after "$least" "$old_version" ||
            fail "$new_version follows $least or a later release, and $old_version is in use: upgrade to $least first."
        [ "$(megabytes_free "$RELEASES")" -ge 1000 ] || fail "less than 1 GB is free on the disk of $RELEASES."
    elif [ ! -x "$new/.venv/bin/python" ]; then
        fail "$new is no release that is still here; there are: $(cd "$RELEASES" && echo ./*/)."
    fi
    old_port=$(web_port)
    new_port=${ports[0]}
    [ "$new_port" != "$old_port" ] || new_port=${ports[1]}
    site=$(own_setting SITE_URL) backups=$(own_setting BACKUP_DIR)
    host=${site#*://}
    say "release $old_version on port $old_port; the next is $new_version, on port $new_port"
    ! runs "web-$new_port" || fail "something runs on port $new_port: stop it first ($(unit "web-$new_port"))."
    if ! python3 "${from:-$new}/deploy/probe.py" "$site" --at 127.0.0.1 >&2; then
        [ -n "$anyway" ] || fail "the portal is not well now. Mend that first, or go on all the same with --anyway."
    fi
}

# The folder of a release, complete or not there. Its programs name their own place, so it is made where it stays.
make_release() {
    local stamp
    SOURCE=$from
    stamp=$(stamp_of_source)
    # An earlier try may have left other code under the same version.
    if [ -e "$new/.complete" ] && { [ "$from" = "$new" ] || [ "$(cat "$new/.complete")" = "$stamp" ]; }; then
        say "code and packages are there already"
        return
    fi
    [ "$from" != "$new" ] || fail "$new is not complete: upgrade from the folder or archive in which the release came."
    say "code and packages of $new_version"
    rm -rf -- "$new"
    copy_code "$new"
    make_environment "$new"
    printf '%s\n' "$stamp" >"$new/.complete"
}

# Pages that were opened just before the change ask for the stylesheets of the old release from the new one.
collect_static() {
    say "static files"
    mkdir -p "$new/var"
    if [ "$(id -u)" -eq 0 ]; then chown "$(stat -c %u:%g "$STATE")" "$new/var"; fi
    manage "$new" collectstatic --no-input --verbosity 0
    as_portal "$new" python3 - "$old/var/static" "$new/var/static" <<'PYTHON'
import json, pathlib, shutil, sys
old, new = map(pathlib.Path, sys.argv[1:])
if (old / "staticfiles.json").is_file():
    for name in json.loads((old / "staticfiles.json").read_text())["paths"].values():
        for file in (old / name, old / f"{name}.gz", old / f"{name}.br"):
            to = new / file.relative_to(old)
            if file.is_file() and not to.exists():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, to)
PYTHON
    # As install.sh leaves them: the portal may not write what it serves.
    if [ "$(id -u)" -eq 0 ]; then chown -R root:root "$new/var" && chmod -R u=rwX,go=rX "$new/var"; fi
}

migrate() {
    local file size=0 database=default
    say "settings and tables, as the new release sees them"
    manage "$new" check --deploy
    [ -z "$(own_setting DATABASE_OWNER_URL)" ] || database=owner
    manage "$new" migrate --plan --database "$database"
    [ -n "$backups" ] || fail "BACKUP_DIR is not set, and nothing is upgraded without a backup."
    file=$(find "$backups" -maxdepth 1 -name 'portal-*.backup' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
    [ -z "$file" ] || size=$(megabytes_of "$file")
    [ "$(megabytes_free "$backups")" -ge $((size * 3 / 2 + 500)) ] ||
        fail "a backup needs $((size * 3 / 2 + 500)) MB, and $backups has not that much free."
    say "backup"
    manage "$old" backup | tee "$run/backup.said"
    file=$(sed -n '1s/: [0-9.]* MB, .*//p' "$run/backup.said")
    rm -f "$run/backup.said"
    say "trying the backup, and the migrations on it"
    manage "$new" restore --verify "$file"
    say "migrations, while release $old_version serves"
    manage "$new" migrate --database "$database" --verbosity 1
}

change_over() {
    touched=1
    point_current_to "$new"
    write_units "$new"
    say "starting release $new_version on port $new_port"
    start "web-$new_port"
    answers "$new_port" "$ready_seconds"
    say "leading requests to it"
    lead_to "$new_port"
    serves "$watch_seconds"
    say "worker"
    restart_worker
    say "stopping release $old_version"
    stop "web-$old_port"
    serves "$watch_seconds"
}

# Called however the script ends. Whatever was done of the change is undone, by what is found.
# shellcheck disable=SC2329 # by a trap
on_exit() {
    local code=$?
    trap - EXIT
    [ "$code" -ne 0 ] || return 0
    # Whoever is impatient, or closes the window, does not stop half-way.
    trap : INT TERM HUP
    set +e
    if [ -z "$touched" ]; then
        [ -z "$old_version" ] || say "release $old_version serves as before; nothing was changed but what is said above"
        return "$code"
    fi
    printf '→ THE NEW RELEASE DOES NOT WORK (see above). Going back to release %s.\n' "$old_version"
    point_current_to "$old"
    (write_units "$old")
    if ! runs "web-$old_port"; then
        start "web-$old_port"
    fi
    answers "$old_port" "$ready_seconds"
    [ "$(web_port)" = "$old_port" ] || lead_to "$old_port"
    stop "web-$new_port"
    restart_worker
    if serves 0; then
        say "release $old_version serves again. The database was left as it is: its new columns disturb nobody."
    else
        say "RELEASE $old_version DOES NOT ANSWER EITHER: see docs/upgrade.md"
    fi
    exit "$code"
}

# What the new release does by the clock, and releases that nobody goes back to any more.
tidy() {
    local each
    if [ -n "$systemd" ]; then
        for each in "$new"/deploy/systemd/*.timer; do
            systemctl enable --quiet --now "${each##*/}" || say "${each##*/} does not start: see journalctl -u ${each##*/}"
        done
    fi
    printf '%s\n' "$old" >"$RELEASES/.previous"
    cmp -s "$old/deploy/nginx/site.conf" "$new/deploy/nginx/site.conf" ||
        say "nginx's part of it is another now: run $CURRENT/deploy/install.sh when it suits"
    find "$RELEASES" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -V | head -n "-$kept_releases" |
        while IFS= read -r each; do
            case $RELEASES/$each in "$old" | "$new") ;; *) rm -rf -- "${RELEASES:?}/$each" ;; esac
        done
}

# What is in an archive, or is to go into a chroot, is laid there first, and its own upgrade.sh goes on.
hand_over() {
    local inside=() code
    folder=$(mktemp -d "$root/var/tmp/nanhu-upgrade.XXXXXX")
    trap 'rm -rf -- "$folder"' EXIT
    if [ -n "$bundle" ]; then
        tar -xzf "$bundle" -C "$folder" --strip-components=1 --no-same-owner || fail "$bundle cannot be unpacked."
        (cd "$folder" && sha256sum --quiet --strict -c SHA256SUMS) || fail "$bundle is damaged: copy it here once more."
    else
        # On the way back for the sake of this script alone: `source` is a version then.
        code=$HERE
        [ -n "$back" ] || code=$(realpath -e -- "${source:-$HERE}")
        tar -C "$code" --exclude=./.git --exclude='./.venv*' --exclude=./var -cf - . | tar -C "$folder" -xf -
    fi
    [ -n "$systemd" ] || inside+=(--no-systemd)
    [ -z "$anyway" ] || inside+=(--anyway)
    if [ -n "$back" ]; then inside+=(--back ${source:+"$source"}); else inside+=("${folder#"$root"}"); fi
    if [ -z "$root" ]; then
        "$folder/deploy/upgrade.sh" "${inside[@]}"
    else
        # shellcheck disable=SC2016 # expanded by the shell inside
        unshare --mount --propagation=private /bin/bash -c '
            for name in proc sys dev; do mountpoint -q "$1/$name" || mount --rbind "/$name" "$1/$name"; done
            exec chroot "$@"' in-root "$root" "${folder#"$root"}/deploy/upgrade.sh" "${inside[@]}"
    fi
    exit
}

main() {
    read_options "$@"
    [ "$(id -u)" -eq 0 ] || fail "become root first (sudo)."
    [ -z "$bundle$root" ] || hand_over
    [ -L "$CURRENT" ] && [ -f "$ENVIRONMENT" ] || fail "no portal is installed here: deploy/install.sh does that."
    mkdir -p "$run" "$log"
    exec 9>"$run/upgrade.lock"
    flock -n 9 || fail "another upgrade is running."
    trap on_exit EXIT
    trap 'exit 130' INT TERM HUP
    check
    if [ -z "$back" ]; then
        make_release
        collect_static
        migrate
    fi
    change_over
    # The new release serves: what goes wrong from here on is no reason to go back.
    trap - EXIT INT TERM HUP
    tidy
    say "release $new_version is in use, after $SECONDS s"
}

main "$@"; exit # read as one line: the file may be another when it returns

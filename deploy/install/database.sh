# Parts of install.sh: PostgreSQL with its roles, the portal's settings, its tables.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # shared with install.sh

# Of the address of the first-run page.
SETUP_LINK=/setup/
DATABASE=nanhu OWNER=nanhu_owner READER=nanhu_reader

sql() { (cd / && runuser -u postgres -- psql --no-psqlrc -qAtX -v ON_ERROR_STOP=1 -d "${2:-postgres}" -c "$1"); }

# The cluster of the newest version that is installed here; Debian makes one called main.
start_postgresql() {
    local version
    version=$(pg_lsclusters -h | awk '$2 == "main" { print $1 }' | sort -V | tail -n 1)
    if [ -z "$version" ]; then
        version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
        quietly pg_createcluster --locale C.UTF-8 --encoding UTF8 "$version" main || fail "PostgreSQL $version makes no cluster."
        changed "made the cluster $version/main"
    fi
    [ "${version%%.*}" -ge 15 ] || fail "PostgreSQL $version is here, and 15 or newer is needed."
    [ "$(pg_lsclusters -h "$version" main | awk '{ print $4 }')" = online ] || {
        if has_systemd; then
            quietly systemctl start "postgresql@$version-main.service" || fail "PostgreSQL does not start: journalctl -u postgresql@$version-main"
        else
            quietly pg_ctlcluster "$version" main start || fail "PostgreSQL does not start: see /var/log/postgresql."
        fi
        changed "started PostgreSQL $version"
    }
    port=$(pg_lsclusters -h "$version" main | awk '{ print $3 }')
    export PGPORT=$port
}

# The owner changes tables, the portal reads and writes rows, the reader counts. The portal comes in by its account of this
# machine, so that no password of it exists; the other two have passwords, in files of root.
make_database() {
    local role
    made_roles=""
    for role in "$ACCOUNT" "$OWNER" "$READER"; do
        [ "$(sql "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")" = 1 ] && continue
        sql "CREATE ROLE $role LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
        made_roles+=" $role"
        changed "made the role $role"
    done
    if [ "$(sql "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE'")" = 0 ]; then
        sql "CREATE DATABASE $DATABASE OWNER $OWNER ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0"
        sql "REVOKE ALL ON DATABASE $DATABASE FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE $DATABASE TO $ACCOUNT; GRANT CONNECT ON DATABASE $DATABASE TO $READER"
        changed "made the database $DATABASE"
    fi
    [ "$(sql "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '$DATABASE'")" = "$OWNER" ] ||
        fail "the database $DATABASE is there already and belongs to somebody else than $OWNER. Is it another program's?"
}

# Passwords travel on standard input, where no list of processes shows them.
set_password() {
    (cd / && printf "ALTER ROLE %s PASSWORD '%s';\n" "$1" "$2" | runuser -u postgres -- psql --no-psqlrc -qX -v ON_ERROR_STOP=1 -d postgres)
}

address() { printf 'postgres://%s:%s@127.0.0.1:%s/%s?sslmode=disable' "$1" "$2" "$port" "$DATABASE"; }

# Keys are made once and never again; all other lines are as this release wants them, and lines of people stay.
write_environment() {
    local owner reader kept managed
    owner=$(setting DATABASE_OWNER_URL | sed -n 's#^postgres://[^:]*:\([^@]*\)@.*#\1#p')
    # Also where the settings are those of a machine that is gone.
    if [ -z "$owner" ] || [[ $made_roles == *" $OWNER"* ]]; then
        owner=${owner:-$(random 32)}
        set_password "$OWNER" "$owner"
    fi
    managed='^(SECRET_KEY|CONTACT_KEYS|BACKUP_KEY|DATABASE_URL|DATABASE_OWNER_URL|TRUSTED_PROXIES|MEDIA_ROOT|BACKUP_DIR|SETTINGS_FILE|WEB_WORKERS)='
    kept=$([ ! -f "$ENVIRONMENT" ] || grep -vE "$managed|^#|^\$" "$ENVIRONMENT" || true)
    put "$ENVIRONMENT" 0640 "root:$ACCOUNT" < <(write_settings "$owner" "$kept") || true
    if [ ! -f "$CONFIGURATION/reader.url" ] || [[ $made_roles == *" $READER"* ]]; then
        reader=$(random 32)
        set_password "$READER" "$reader"
        put "$CONFIGURATION/reader.url" 0600 root:root < <(address "$READER" "$reader")
    fi
}

write_settings() {
    local cores
    cores=$(nproc)
    cat <<SETTINGS
# Settings and keys of the portal (docs/settings.md). install.sh keeps the keys and adds what is missing; lines of your own
# stay. What people set in the portal is in $STATE/settings.env, and what stands here is above it.
# COPY THE THREE KEYS TO PAPER OR A SAFE: no backup can be read without them, and no contact.
SECRET_KEY=$(kept_or SECRET_KEY "$(random 64)")
CONTACT_KEYS=$(kept_or CONTACT_KEYS "$(random 48)")
BACKUP_KEY=$(kept_or BACKUP_KEY "$(random 48)")
DATABASE_URL=$(kept_or DATABASE_URL "postgres://$ACCOUNT@%2Fvar%2Frun%2Fpostgresql:$port/$DATABASE")
DATABASE_OWNER_URL=$(kept_or DATABASE_OWNER_URL "$(address "$OWNER" "$1")")
TRUSTED_PROXIES=$(kept_or TRUSTED_PROXIES 127.0.0.1/32)
MEDIA_ROOT=$(kept_or MEDIA_ROOT "$STATE/media")
BACKUP_DIR=$(kept_or BACKUP_DIR "$STATE/backups")
SETTINGS_FILE=$STATE/settings.env
WEB_WORKERS=$(kept_or WEB_WORKERS $((cores < 2 ? 2 : cores > 8 ? 8 : cores)))
SETTINGS
    [ -z "$2" ] || printf '%s\n' "$2"
}

# What people change in the portal too. Mail and text messages wait until they are arranged.
write_portal_settings() {
    local file=$STATE/settings.env was hosts
    was=$(public_host)
    if [ ! -f "$file" ]; then
        put "$file" 0600 "$ACCOUNT:$ACCOUNT" <<SETTINGS
SITE_URL=https://$host
ALLOWED_HOSTS=$host,127.0.0.1,localhost
EMAIL_URL=off://
SMS_BACKEND=off://
SETTINGS
        return 0
    fi
    # Root would read for the portal's account what a link of its making leads to.
    [ ! -L "$file" ] || fail "$file is a link; put the file itself there."
    # One that was kept elsewhere belongs to whoever put it here.
    if [ "$(stat -c '%a %U:%G' "$file")" != "600 $ACCOUNT:$ACCOUNT" ]; then
        chown --no-dereference "$ACCOUNT:$ACCOUNT" "$file"
        chmod 0600 "$file"
        changed "gave $file to $ACCOUNT"
    fi
    [ "$host" != "$was" ] || return 0
    [ -z "$(setting SITE_URL)" ] || fail "$ENVIRONMENT says SITE_URL=$(setting SITE_URL), which is above $file: change or remove that line."
    hosts=$(effective ALLOWED_HOSTS)
    hosts=$host,$(tr ',' '\n' <<<"${hosts:-127.0.0.1,localhost}" | grep -vxF -e "$host" -e "${was:-$host}" | paste -sd ,)
    (cd "$CURRENT" && quietly .venv/bin/python -c '
import sys, pathlib
from nanhu_portal import settings_file
settings_file.write(pathlib.Path(sys.argv[1]), {"SITE_URL": sys.argv[2], "ALLOWED_HOSTS": sys.argv[3]})
' "$file" "https://$host" "$hosts") || fail "$file could not be changed; the lines above say why."
    changed "the portal is at https://$host now"
}

kept_or() {
    local found
    found=$(setting "$1")
    printf '%s' "${found:-$2}"
}

fill_release() {
    local said
    if ! quietly manage migrate --check --database owner; then
        said=$(manage migrate --database owner --no-input 2>&1) || fail "the tables could not be made: $said"
        changed "made the tables"
    fi
    if [ ! -f "$CURRENT/var/static/staticfiles.json" ]; then
        # As root: the portal may not write its own code.
        said=$(manage_as_root collectstatic --no-input --verbosity 0 2>&1) || fail "static files could not be collected: $said"
        # Django gives them the mode of photos, which are for the portal alone.
        chmod -R u=rwX,go=rX "$CURRENT/var"
        changed "collected the static files"
    fi
    said=$(manage check --deploy --database default --fail-level ERROR 2>&1) || fail "the settings are not right: $said"
    while IFS= read -r said; do note "still to do: $said"; done < <(sed -n 's/^?: (nanhu[^)]*) //p' <<<"$said")
}

manage_as_root() {
    (
        while IFS= read -r line; do [[ $line =~ ^[A-Z_]+= ]] && export "${line?}"; done <"$ENVIRONMENT"
        cd "$CURRENT" && exec .venv/bin/python manage.py "$@"
    )
}

# The answers that were given, if any; and until somebody has used it, the one-time link of the page that asks for the rest.
first_setup() {
    local said=""
    setup_said=""
    if [ ${#setup_options[@]} -gt 0 ]; then
        setup_said=$(manage setup --non-interactive --english "${setup_options[@]}" 2>&1 </dev/null) ||
            fail "the first settings could not be made: $setup_said"
        [[ $setup_said != *"$SETUP_LINK"* ]] || return 0
    fi
    said=$(manage setup --non-interactive --english --page 2>&1 </dev/null) || fail "the first account could not be made: $said"
    setup_said+=${said:+${setup_said:+$'\n'}$said}
}

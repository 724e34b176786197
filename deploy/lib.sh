# What install.sh and its kin share: steps with their times, files that are only written when they differ.
# shellcheck shell=bash
# shellcheck disable=SC2034 # read by those who include it

RELEASES=/opt/nanhu/releases
CURRENT=/opt/nanhu/current
CONFIGURATION=/etc/nanhu
ENVIRONMENT=$CONFIGURATION/portal.env
STATE=/var/lib/nanhu
UPSTREAM=/etc/nginx/nanhu-upstream.conf
ACCOUNT=nanhu

step_title="" step_begun=0 step_notes=() changes=0
begun=$SECONDS

# step "packages": ends the step before, and says which one begins.
step() {
    end_step
    step_title=$1 step_begun=$(date +%s%N) step_notes=()
    printf '→ %s\n' "$step_title"
}

end_step() {
    [ -n "$step_title" ] || return 0
    local took=$((($(date +%s%N) - step_begun) / 100000000)) note
    for note in "${step_notes[@]}"; do printf '    %s\n' "$note"; done
    [ ${#step_notes[@]} -gt 0 ] || printf '    in order\n'
    printf '    %d.%d s\n' $((took / 10)) $((took % 10))
    step_title=""
}

# What was done, as opposed to what was in order already.
changed() {
    step_notes+=("$1")
    changes=$((changes + 1))
}

# What somebody should know, though nothing was done.
note() { step_notes+=("$1"); }

# Sentences for whoever stands before the screen, and the end.
fail() {
    [ ${#step_notes[@]} -eq 0 ] || printf '    %s\n' "${step_notes[@]}"
    printf '\nStopped%s: %s\n' "${step_title:+ at “$step_title”}" "$1" >&2
    printf 'What was done stays. Mend this, and run the same command again.\n' >&2
    exit 1
}

# Run something whose output only matters when it fails.
quietly() {
    local said
    said=$("$@" 2>&1 </dev/null) || {
        [ -z "$said" ] || printf '%s\n' "$said" | tail -n 30 >&2
        return 1
    }
}

# put FILE MODE OWNER:GROUP <content: write a file unless it is so already. Returns 1 if it was. What cannot be written ends
# the script here: where callers add `|| true` for the 1, bash would go on after any error, and replace keys by half of them.
put() {
    local file=$1 mode=$2 owner=$3 wanted
    { wanted=$(mktemp) && cat >"$wanted"; } || fail "$file was not written: see above."
    if [ -f "$file" ] && cmp -s "$wanted" "$file" && [ "$(stat -c '%a %U:%G' "$file")" = "${mode#0} $owner" ]; then
        rm "$wanted"
        return 1
    fi
    { install -D -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$wanted" "$file.new" && mv -f "$file.new" "$file"; } || {
        rm -f "$wanted" "$file.new"
        fail "$file was not written: see above."
    }
    rm "$wanted"
    changed "wrote $file"
}

# folder PATH MODE OWNER:GROUP. One that is a link is left to whoever made it: some lie where the portal's account may write,
# and by a link of its making root would give it another folder of the machine.
folder() {
    [ ! -L "$1" ] || return 0
    [ -d "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "${2#0} $3" ] && return 0
    install -d -m "$2" -o "${3%:*}" -g "${3#*:}" "$1"
    changed "made $1"
}

# The value of a variable in portal.env; nothing if it is not there.
setting() {
    [ -f "$ENVIRONMENT" ] || return 0
    sed -n "s/^$1=//p" "$ENVIRONMENT" | tail -n 1
}

# The same as the portal sees it: portal.env is above what people set in the portal.
effective() {
    local found
    found=$(setting "$1")
    [ -n "$found" ] || found=$(sed -n "s/^$1=//p" "$STATE/settings.env" 2>/dev/null | tail -n 1)
    printf '%s' "$found" | tr -d "\"' "
}

# The host of the portal's public address.
public_host() { effective SITE_URL | sed -e 's#^https\?://##' -e 's#[:/].*##'; }

random() { openssl rand -base64 "$1" | tr -d '\n' | tr '+/' '-_' | tr -d '='; }

# A command of the portal, with its settings and as its account.
manage() { NANHU_CODE=$CURRENT "$CURRENT/deploy/nanhu" "$@"; }

# Which port the web server is at, as nginx has it.
web_port() { sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$UPSTREAM" 2>/dev/null; }

has_systemd() { [ -z "${no_systemd:-}" ] && [ -d /run/systemd/system ]; }

version_of() {
    local found
    found=$(sed -n 's/^__version__ = "\([0-9A-Za-z.+-]*\)".*/\1/p' "$1/nanhu_portal/__init__.py")
    [ -n "$found" ] || found=$(sed -n 's/^version = "\([0-9A-Za-z.+-]*\)".*/\1/p' "$1/pyproject.toml")
    printf '%s' "$found"
}

# Parts of install.sh: the code of a release in a folder of its own, with its own Python packages.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # shared with install.sh

# Not on a server, or made there.
NOT_INSTALLED=(./.git ./.ci ./.venv ./.venv-* ./var ./dist ./tests ./wheels ./SHA256SUMS ./.pytest_cache ./.ruff_cache)

install_release() {
    [ -z "$bundle" ] || unpack_bundle
    local version
    version=$(version_of "$SOURCE")
    [ -n "$version" ] || fail "$SOURCE does not say which version it is."
    local release=$RELEASES/$version stamp
    stamp=$(stamp_of_source)
    if [ -e "$CURRENT" ] && [ "$(readlink "$CURRENT")" != "$release" ]; then
        fail "$(readlink "$CURRENT") is installed, and this is $version: deploy/upgrade.sh goes from one to the other."
    fi
    if [ -f "$release/.complete" ]; then
        [ "$SOURCE" = "$(realpath "$release")" ] || [ "$(cat "$release/.complete")" = "$stamp" ] || fail "$release holds other code under the same version; a changed release needs a number of its own."
    else
        rm -rf "$release"
        copy_code "$release"
        make_environment "$release"
        printf '%s\n' "$stamp" >"$release/.complete"
        changed "release $version in $release"
    fi
    if [ ! -e "$CURRENT" ]; then
        ln -s "$release" "$CURRENT"
        changed "$CURRENT leads to it"
    fi
    [ "$(readlink -f /usr/local/sbin/nanhu)" = "$(readlink -f "$CURRENT/deploy/nanhu")" ] || {
        ln -sfn "$CURRENT/deploy/nanhu" /usr/local/sbin/nanhu
        changed "the command nanhu"
    }
}

unpack_bundle() {
    unpacked=$(mktemp -d /var/tmp/nanhu-bundle-XXXXXX)
    tar --extract --file "$bundle" --directory "$unpacked" --strip-components=1 --no-same-owner ||
        fail "$bundle cannot be unpacked: copy it here once more, and compare its sum (sha256sum -c)."
    (cd "$unpacked" && quietly sha256sum --check --strict --quiet SHA256SUMS) ||
        fail "$bundle is damaged: a file in it has another checksum than it should."
    SOURCE=$unpacked
}

in_source() {
    local excluded=() name
    for name in "${NOT_INSTALLED[@]}"; do excluded+=(--exclude="$name"); done
    tar --create --directory "$SOURCE" "${excluded[@]}" --exclude=__pycache__ --exclude=node_modules \
        --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX .
}

stamp_of_source() { in_source | sha256sum | cut -d ' ' -f 1; }

copy_code() {
    install -d -m 0755 "$1"
    in_source | tar --extract --directory "$1"
}

# Exactly the pinned packages, each compared with its hash: from the bundle's wheels, or from the package index.
make_environment() {
    local release=$1 pip=("$1/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all:)
    quietly python3 -m venv "$release/.venv" || fail "Python makes no environment: is python3-venv whole?"
    if [ -d "$SOURCE/wheels" ]; then
        local target
        target="$(python3 -c 'import sys; print("{}.{}".format(*sys.version_info))') $(uname -m)"
        grep -qx "$target" "$SOURCE/wheels/targets" || fail "the bundle has no wheels for Python $target; it has: $(paste -sd, "$SOURCE/wheels/targets")."
        quietly env PIP_CONFIG_FILE=/dev/null "${pip[@]}" --no-index --find-links "$SOURCE/wheels" -r "$SOURCE/wheels/requirements.txt" ||
            fail "the bundle's packages could not be installed."
    else
        # One of them exists as sources only; they are of pure Python.
        pip=("${pip[@]/--only-binary=:all:/--prefer-binary}")
        quietly "${pip[@]}" -r "$release/requirements-sms.txt" ||
            fail "the Python packages could not be fetched. On a server without PyPI, install from an archive of deploy/bundle (--bundle)."
    fi
    quietly "$release/.venv/bin/python" -m compileall -q "$release" || fail "the code does not compile."
}

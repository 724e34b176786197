# Parts of install.sh: services, nginx with TLS, and the question whether the portal answers.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # shared with install.sh

UNITS=/etc/systemd/system
SITE=/etc/nginx/sites-available/nanhu.conf
TLS=$CONFIGURATION/tls

install_services() {
    local unit reload="" web
    for unit in "$CURRENT"/deploy/systemd/*; do
        put "$UNITS/${unit##*/}" 0644 root:root <"$unit" && reload=1
    done
    # Its log is in UTC, like the portal's.
    put "$UNITS/nginx.service.d/nanhu.conf" 0644 root:root <<<$'[Service]\nEnvironment=TZ=UTC' && reload=1
    [ -f "$UPSTREAM" ] || put "$UPSTREAM" 0644 root:root <"$CURRENT/deploy/nginx/upstream.conf"
    web=nanhu-web@$(web_port).service
    if [ -n "$no_start" ]; then
        quietly systemctl enable "$web" nanhu-worker.service nanhu-backup.timer nanhu-verify.timer nanhu.target || true
        return 0
    fi
    if ! has_systemd; then
        start_by_hand
        return 0
    fi
    [ -z "$reload" ] || systemctl daemon-reload
    for unit in "$web" nanhu-worker.service nanhu-backup.timer nanhu-verify.timer nanhu.target; do
        systemctl is-enabled --quiet "$unit" 2>/dev/null || {
            quietly systemctl enable "$unit" || fail "systemd does not take $unit."
            changed "enabled $unit"
        }
        bring_up "$unit"
    done
}

# Start a unit, or restart a service that began before its unit or its settings were written.
bring_up() {
    if ! systemctl is-active --quiet "$1"; then
        quietly systemctl start "$1" || fail "$1 does not start: journalctl -u $1"
        changed "started $1"
    elif [[ $1 == *.service ]] && { [ -n "$reload" ] || is_older_than "$1" "$ENVIRONMENT"; }; then
        quietly systemctl restart "$1" || fail "$1 does not start: journalctl -u $1"
        changed "restarted $1"
    fi
}

# Whether a service started before a file was written.
is_older_than() {
    local started
    started=$(date -d "$(systemctl show -p ActiveEnterTimestamp --value "$1")" +%s 2>/dev/null) || return 1
    [ "$(stat -L -c %Y "$2")" -gt "$started" ]
}

# Without systemd: in the background, each with its number in /run/nanhu and its log in /var/log/nanhu.
start_by_hand() {
    folder /run/nanhu 0755 root:root
    folder /var/log/nanhu 0750 "root:$ACCOUNT"
    start_one "web-$(web_port)" --run "$CURRENT/deploy/serve-web" "$(web_port)"
    start_one worker worker
}

start_one() {
    local name=$1 file=/run/nanhu/$1.pid
    shift
    if [ -f "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null && [ "$file" -nt "$ENVIRONMENT" ]; then
        return 0
    fi
    [ ! -f "$file" ] || stop_one "$file"
    # Not its descriptors: whoever reads this script's output would wait for the server.
    setsid "$CURRENT/deploy/nanhu" "$@" >>"/var/log/nanhu/$name.log" 2>&1 </dev/null &
    echo $! >"$file"
    changed "started the $name: setsid nanhu $*"
}

stop_one() {
    local pid waited=0
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null && [ $waited -lt 300 ]; do sleep 0.1 && waited=$((waited + 1)); done
}

# --- nginx ---------------------------------------------------------------------------------------------------------

install_nginx() {
    folder /var/log/nginx/nanhu 0755 root:adm
    put /etc/logrotate.d/nanhu 0644 root:root <"$CURRENT/deploy/nginx/logrotate.conf" || true
    find_certificate
    write_site
    write_nginx
    # What is asked of certbot, nginx has to answer.
    if [ -n "$wants_certbot" ] && [ -z "$no_start" ] && ask_certbot; then
        write_site
        write_nginx
    fi
}

# Sets certificate_file, key_file, wants_certbot and certificate_remark.
find_certificate() {
    local issued=/etc/letsencrypt/live/$host
    certificate_file=$TLS/portal.crt key_file=$TLS/portal.key wants_certbot="" certificate_remark=""
    folder "$TLS" 0700 root:root
    if [ -n "$certificate" ]; then
        check_pair "$certificate" "$key"
        put "$certificate_file" 0644 root:root <"$certificate" || true
        put "$key_file" 0600 root:root <"$key" || true
    elif [ -f "$issued/fullchain.pem" ] && [ ! -f "$certificate_file" ]; then
        certificate_file=$issued/fullchain.pem key_file=$issued/privkey.pem
    elif [ ! -f "$certificate_file" ] || is_own_to_renew; then
        sign_ourselves
    fi
    name_hosts_it_lacks
    ! is_self_signed || {
        wants_certbot=1
        certificate_remark="The certificate is self-signed: browsers warn of it. Run this again with --certificate and --key, or once $host leads here."
    }
}

# Whether a certificate is for a name or an address.
is_for() {
    local what=-checkhost
    [[ ! $2 =~ ^[0-9.]+$ ]] || what=-checkip
    openssl x509 -in "$1" -noout "$what" "$2" 2>/dev/null | grep -q ' does match '
}

name_hosts_it_lacks() {
    local name lacking=()
    for name in $(hosts_of_site); do
        is_for "$certificate_file" "$name" || lacking+=("$name")
    done
    [ ${#lacking[@]} -eq 0 ] || certificate_remark="The certificate is not for ${lacking[*]}: browsers warn there. Run this again with --certificate and --key."
}

check_pair() {
    quietly openssl x509 -in "$1" -noout -checkend 86400 || fail "$1 is no certificate, or it expires today."
    is_for "$1" "$host" || fail "$1 is not for $host."
    [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout 2>/dev/null)" ] || fail "$2 is not the key of $1."
}

is_self_signed() {
    [ "$certificate_file" = "$TLS/portal.crt" ] && [ -f "$TLS/self-signed" ] &&
        cmp -s "$TLS/self-signed" "$certificate_file"
}

# Whether it is our own, and is for another host or ends within 30 days.
is_own_to_renew() {
    is_self_signed &&
        ! { is_for "$certificate_file" "$host" && openssl x509 -in "$certificate_file" -noout -checkend 2592000 >/dev/null; }
}

sign_ourselves() {
    local kind=DNS
    [[ ! $host =~ ^[0-9.]+$ ]] || kind=IP
    quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 397 -subj "/CN=$host" \
        -addext "subjectAltName=$kind:$host" -keyout "$key_file.new" -out "$certificate_file.new" || fail "openssl makes no certificate."
    chmod 0600 "$key_file.new"
    mv "$key_file.new" "$key_file"
    cp "$certificate_file.new" "$TLS/self-signed"
    mv "$certificate_file.new" "$certificate_file"
    changed "made a self-signed certificate for $host"
}

# Whether the name leads to one of this machine's own addresses.
leads_here() {
    local found
    found=$(getent ahosts "$host" | awk '{ print $1 }' | sort -u)
    [ -n "$found" ] && [ -n "$(comm -12 <(printf '%s\n' "$found") <(hostname -I | tr ' ' '\n' | grep . | sort -u))" ]
}

ask_certbot() {
    [[ $host =~ [A-Za-z] ]] && leads_here || return 1
    quietly apt-get install -y --no-install-recommends certbot || return 1
    folder /var/lib/nanhu-acme 0755 root:root
    if quietly certbot certonly --webroot -w /var/lib/nanhu-acme -d "$host" --non-interactive --agree-tos \
        --register-unsafely-without-email --deploy-hook "systemctl reload nginx"; then
        rm -f "$TLS/portal.crt" "$TLS/portal.key" "$TLS/self-signed"
        changed "certbot got a certificate for $host, and renews it"
        find_certificate
        return 0
    fi
    certificate_remark="certbot got no certificate for $host (/var/log/letsencrypt), so it is self-signed: browsers warn of it. Run this again to try once more, or with --certificate and --key."
    return 1
}

# The public address first, then what else the portal answers to, such as hosts of subdistricts. The portal's account may have
# written them: what is no name of a host must not get into a file or a command of root.
hosts_of_site() {
    { printf '%s\n' "$host" && effective ALLOWED_HOSTS | tr ',' '\n'; } |
        grep -xE '\.?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]' |
        awk '$0 !~ /^(127\.|\[?::1|localhost$)/ && !seen[$0]++' | paste -sd ' '
}

write_site() {
    local version filter=(-e "s#@HOSTS@#$(hosts_of_site)#g" -e "s#@CERTIFICATE@#$certificate_file#" -e "s#@KEY@#$key_file#" -e '/^# @HOSTS@/d')
    [ -e /proc/net/if_inet6 ] || {
        filter+=(-e '/listen \[::\]/d')
        note "this machine has no IPv6; run this again once it has"
    }
    version=$(nginx -v 2>&1 | sed 's#.*/##')
    # The directive came with nginx 1.25.1; older ones have it as a word of `listen`.
    [ "$(printf '%s\n' 1.25.1 "${version%% *}" | sort -V | head -n 1)" = 1.25.1 ] ||
        filter+=(-e '/^ *http2 on;/d' -e 's/443 ssl;/443 ssl http2;/')
    site_changed=""
    put "$SITE" 0644 root:root < <(sed "${filter[@]}" "$CURRENT/deploy/nginx/site.conf") && site_changed=1
    [ -L /etc/nginx/sites-enabled/nanhu.conf ] || {
        ln -s "$SITE" /etc/nginx/sites-enabled/nanhu.conf
        site_changed=1
    }
    # Debian's page of welcome would answer to every other name.
    if [ "$(readlink /etc/nginx/sites-enabled/default)" = /etc/nginx/sites-available/default ]; then
        rm /etc/nginx/sites-enabled/default
        site_changed=1
        changed "took Debian's page of welcome out of nginx"
    fi
}

write_nginx() {
    quietly nginx -t || fail "nginx does not take its configuration; the lines above say why."
    [ -z "$no_start" ] || return 0
    if has_systemd; then
        systemctl is-enabled --quiet nginx.service || quietly systemctl enable nginx.service
        if ! systemctl is-active --quiet nginx.service; then
            quietly systemctl start nginx.service || fail "nginx does not start: journalctl -u nginx (does something else have port 80 or 443?)"
            changed "started nginx"
        elif is_older_than nginx.service "$UNITS/nginx.service.d/nanhu.conf"; then
            quietly systemctl restart nginx.service || fail "nginx does not start: journalctl -u nginx"
            changed "restarted nginx, whose log is in UTC now"
        elif [ -n "$site_changed" ] || shows_another_certificate; then
            quietly systemctl reload nginx.service || fail "nginx does not take its configuration: journalctl -u nginx"
            changed "reloaded nginx"
        fi
    elif [ -s /run/nginx.pid ] && kill -0 "$(cat /run/nginx.pid)" 2>/dev/null; then
        if [ -n "$site_changed" ] || shows_another_certificate; then
            nginx -s reload
            changed "reloaded nginx"
        fi
    else
        TZ=UTC nginx >/dev/null 2>&1 </dev/null || fail "nginx does not start: see /var/log/nginx/error.log"
        changed "started nginx: TZ=UTC nginx"
    fi
}

# nginx reads a certificate when it starts or reloads.
shows_another_certificate() {
    local shown
    shown=$(openssl s_client -connect 127.0.0.1:443 -servername "$host" 2>/dev/null </dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null)
    [ "$shown" != "$(openssl x509 -in "$certificate_file" -noout -fingerprint -sha256)" ]
}

# Through nginx, as residents come.
wait_for_portal() {
    local answer="" waited=0
    while [ $waited -lt 120 ]; do
        answer=$(ask_portal 2>&1) && return 0
        sleep 0.5
        waited=$((waited + 1))
    done
    fail "https://$host/ does not answer: $answer. See journalctl -u 'nanhu-*'."
}

# Then its processes, each of which has to know the host: those that still have other settings are replaced one by one.
ask_portal() {
    "$CURRENT/.venv/bin/python" -I - "$host" "$(web_port)" <<'PYTHON'
import http.client, ssl, sys

host, port = sys.argv[1], int(sys.argv[2])

def ask(line, path):
    line.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    response = line.getresponse()
    body = response.read()
    line.close()
    if response.status != 200:
        sys.exit(f"{response.status} {body.decode(errors='replace')[:200]}")

trust = ssl.create_default_context()
trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # this machine, and perhaps a certificate of our own
try:
    ask(http.client.HTTPSConnection("127.0.0.1", 443, timeout=5, context=trust), "/readyz")
    for _connection in range(12):
        ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/robots.txt")
except (OSError, http.client.HTTPException) as error:
    sys.exit(str(error))
PYTHON
}

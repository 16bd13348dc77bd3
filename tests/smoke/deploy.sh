#!/usr/bin/env bash
# What server/deploy and the Dockerfile promise, shown on real processes; prints TAP.
#
#     CONVENED=build/convened tests/smoke/deploy.sh
#
# nginx and Caddy run with the very files of server/deploy, first in front of the server, then in front of a
# stand-in that can tell what reached it and when. The unit is scored by systemd; the Dockerfile's steps are
# performed without an engine, in a clean copy of the last commit.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
convened=${CONVENED:-$root/build/convened}
case $convened in
/*) ;;
*) convened=$PWD/$convened ;;
esac
PATH=$PATH:/usr/sbin:/sbin
tmp=$(mktemp -d)
# The image's user must get at its data below it.
chmod 0755 "$tmp"

# shellcheck source=tests/smoke/deploy/tap.sh
. "$root/tests/smoke/deploy/tap.sh"
# shellcheck source=tests/smoke/deploy/proxy.sh
. "$root/tests/smoke/deploy/proxy.sh"
# shellcheck source=tests/smoke/deploy/image.sh
. "$root/tests/smoke/deploy/image.sh"

finish() {
    stop_all
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

# --- the server behind a proxy --------------------------------------------------------------------

# start_server: the demo event on a free port; $server_port, $server_pid.
start_server() {
    (cd "$root" && exec "$convened" demo --data "$tmp/data" --listen 127.0.0.1:0) >"$tmp/server.log" 2>&1 &
    server_pid=$!
    tap_pids+=("$server_pid")
    until_true 30 grep -q '^listening on http://127' "$tmp/server.log" ||
        { cat "$tmp/server.log"; return 1; }
    server_port=$(sed -n 's#^listening on http://127\.0\.0\.1:\([0-9]*\).*#\1#p' "$tmp/server.log" | head -n 1)
}

health_over_h2() {
    same '200 2' "$(phone --http2 -o /dev/null -w '%{http_code} %{http_version}' "$1/healthz")"
}

# status_of EXPECTED CURL_ARGUMENT…
status_of() {
    local want=$1
    shift
    same "$want" "$(phone -o "$tmp/reply" -w '%{http_code}' "$@")"
}

# too_large CURL_ARGUMENT…: refused with 413, asked over HTTP/1.1, where curl tells an early refusal from a
# broken upload
too_large() {
    same '413 application/problem+json' \
        "$(phone --http1.1 -H Expect: -o /dev/null -w '%{http_code} %{content_type}' "$@")"
}

# A toolkit of 2 MiB goes up as an organizer and comes down again, the same to the byte.
toolkit_round_trip() {
    local token id event=$1/v1/events/csec2015
    token=$("$convened" token --data "$tmp/data" --event csec2015 --role organizer | tail -n 1) || return 1
    id=$(phone -H "Authorization: Bearer $token" "$event/resources?limit=1" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])') || return 1
    phone -f -o /dev/null -T "$tmp/toolkit.pdf" -H 'Content-Type: application/pdf' \
        -H "Authorization: Bearer $token" "$event/resources/$id/file" || return 1
    phone -f -o "$tmp/down.pdf" -H "Authorization: Bearer $token" "$event/resources/$id/file" || return 1
    cmp "$tmp/toolkit.pdf" "$tmp/down.pdf"
}

# proxied_server nginx|caddy
proxied_server() {
    local at
    start_proxy "$1" "$server_port" >"$tmp/said" 2>&1
    check "$1 starts in front of the server" passed $? "$tmp/said" || return
    at=https://localhost:$proxy_tls
    check "$1: /healthz answers over TLS and HTTP/2" health_over_h2 "$at"
    check "$1: plain HTTP is sent to HTTPS" status_of 308 "http://localhost:$proxy_plain/docs"
    check "$1: /metrics is not there" status_of 404 "$at/metrics"
    check "$1: a body over 1 MiB is refused" too_large --data-binary "@$tmp/over-1m" "$at/v1/auth/join"
    check "$1: a 2 MiB toolkit goes up and comes down" toolkit_round_trip "$at"
    stop "$proxy_pid"
}

# --- a stand-in behind a proxy --------------------------------------------------------------------

# start_stand_in: $stand_in_port, $stand_in_pid
start_stand_in() {
    rm -f "$tmp/go" "$tmp/requests" "$tmp/port"
    python3 "$root/tests/smoke/deploy/upstream.py" "$tmp/go" "$tmp/requests" \
        >"$tmp/port" 2>"$tmp/upstream.log" &
    stand_in_pid=$!
    tap_pids+=("$stand_in_pid")
    until_true 5 test -s "$tmp/port" || { cat "$tmp/upstream.log"; return 1; }
    stand_in_port=$(cat "$tmp/port")
}

# arrives_whole FILE CURL_ARGUMENT…: the stand-in got every byte
arrives_whole() {
    local file=$1 sum
    shift
    sum=$(sha256sum <"$file" | cut -d ' ' -f 1)
    phone -f --data-binary "@$file" "$@" | grep -q "\"sha256\": \"$sum\""
}

# What a client claims about itself does not get through, and what the proxy knows does.
forwards_the_truth() {
    phone -H 'X-Forwarded-For: 192.0.2.1' -H 'X-Forwarded-Proto: http' -H 'Forwarded: for=192.0.2.1' \
        "$1/v1/echo" | python3 -c '
import json, sys
seen, host = json.load(sys.stdin), sys.argv[1]
want = {"Host": [host], "X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Proto": ["https"], "Forwarded": None}
wrong = {name: seen[name] for name in want if seen[name] != want[name]}
sys.exit(f"got {wrong}" if wrong else 0)' "${1#https://}"
}

# The second event is sent only once the first has been seen.
streams_at_once() {
    local reader
    phone -N "$1/v1/events/csec2015/sync/stream" >"$tmp/stream" &
    reader=$!
    until_true 5 grep -q 'event: first' "$tmp/stream" || { stop $reader; echo "buffered"; return 1; }
    touch "$tmp/go"
    wait $reader && grep -q 'event: second' "$tmp/stream"
}

# A slow upload waits in the proxy: nothing of it reaches the server before the proxy has it all.
holds_slow_uploads() {
    local writer early=0
    {
        head -c 5000 /dev/zero
        until_true 5 test -e "$tmp/rest"
        head -c 5000 /dev/zero
    } | phone -f -o /dev/null -T - "$1/v1/slow" &
    writer=$!
    sleep 0.5
    ! grep -q /v1/slow "$tmp/requests" || early=1
    touch "$tmp/rest"
    wait $writer && grep -q /v1/slow "$tmp/requests" || return 1
    [ $early -eq 0 ] || echo "the head reached the server before the body was complete"
    rm -f "$tmp/rest"
    return $early
}

metrics_stay_inside() {
    local path
    for path in /metrics /metrics/ /%6detrics //metrics /v1/../metrics; do
        status_of 404 --path-as-is "$1$path" || return 1
    done
    ! grep -i metrics "$tmp/requests"
}

# Said by the proxy itself when the server is away: a problem that names a time to come back.
says_unavailable() {
    same '503 application/problem+json' \
        "$(phone -D "$tmp/head" -o "$tmp/reply" -w '%{http_code} %{content_type}' "$1/v1/events")" || return 1
    grep -qi '^retry-after: 5' "$tmp/head" && python3 -m json.tool "$tmp/reply"
}

# proxied_stand_in nginx|caddy
proxied_stand_in() {
    local at file
    start_stand_in && start_proxy "$1" "$stand_in_port" >"$tmp/said" 2>&1
    check "$1 starts in front of a stand-in" passed $? "$tmp/said" || return
    at=https://localhost:$proxy_tls
    file=$at/v1/events/csec2015/resources/one/file
    check "$1: a body of 1 MiB arrives whole" arrives_whole "$tmp/just-1m" "$at/v1/echo"
    check "$1: a chunked body over 1 MiB is refused" too_large -H 'Transfer-Encoding: chunked' \
        --data-binary "@$tmp/over-1m" "$at/v1/echo"
    check "$1: a file of 25 MiB arrives whole" arrives_whole "$tmp/just-25m" -X PUT "$file"
    check "$1: a file over 25 MiB is refused" too_large -X PUT --data-binary "@$tmp/over-25m" "$file"
    check "$1: forwards the truth about the client" forwards_the_truth "$at"
    check "$1: live events pass as they come" streams_at_once "$at"
    check "$1: a slow upload waits in the proxy" holds_slow_uploads "$at"
    check "$1: no spelling of /metrics gets through" metrics_stay_inside "$at"
    stop "$stand_in_pid"
    check "$1: a server that is away is a problem with Retry-After" says_unavailable "$at"
    stop "$proxy_pid"
}

# --- the unit and the image -----------------------------------------------------------------------

unit_score() {
    systemd-analyze security --no-pager --offline=true --threshold=20 "$root/server/deploy/convened.service"
}

check_unit() {
    local name="the systemd unit's exposure is at most 2.0"
    if ! command -v systemd-analyze >/dev/null; then
        skip "$name" "systemd-analyze is not installed"
    elif ! systemd-analyze --help | grep -q -e --threshold; then
        skip "$name" "this systemd-analyze cannot score a file"
    else
        check "$name" unit_score
    fi
}

check_image() {
    if ! git -c safe.directory="$root" -C "$root" rev-parse -q --verify HEAD >/dev/null 2>&1; then
        skip "the Dockerfile's steps" "not in a git checkout, so there is no clean copy to take"
        return
    fi
    # Each step stands on the one before.
    image_build >"$tmp/said" 2>&1
    check "Dockerfile: the build stage builds in a clean copy" passed $? "$tmp/said" || return
    check "Dockerfile: the final stage's files are there" image_assemble || return
    check "Dockerfile: the final stage installs every library that the binary loads" image_libraries
    image_start >"$tmp/said" 2>&1
    check "Dockerfile: the command starts as its user on a read-only root" passed $? "$tmp/said" || return
    check "Dockerfile: the health check passes" image_healthy
    image_stop >"$tmp/said" 2>&1
    check "Dockerfile: the stop signal ends it within 5 s" passed $? "$tmp/said"
    check "Dockerfile: the health check fails once it has ended" image_unhealthy
}

# --- in order -------------------------------------------------------------------------------------

make_files() {
    head -c 1048576 /dev/urandom >"$tmp/just-1m"
    head -c 1048577 /dev/zero >"$tmp/over-1m"
    head -c 26214400 /dev/zero >"$tmp/just-25m"
    head -c 26214401 /dev/zero >"$tmp/over-25m"
    { printf '%%PDF-1.7\n' && head -c 2097152 /dev/urandom; } >"$tmp/toolkit.pdf"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$tmp/key.pem" -out "$tmp/cert.pem" 2>/dev/null
}

make_files
start_server >"$tmp/said" 2>&1
check "the demo event is served" passed $? "$tmp/said"
served=$?
for proxy in nginx caddy; do
    if ! command -v $proxy >/dev/null; then
        skip "$proxy" "$proxy is not installed"
        continue
    fi
    [ $served -ne 0 ] || proxied_server $proxy
    proxied_stand_in $proxy
done
stop "$server_pid"
check_unit
check_image
echo "1..$tap_count"
[ "$tap_failed" -eq 0 ]

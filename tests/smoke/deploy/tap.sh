# shellcheck shell=bash
# What the parts of deploy.sh share: TAP lines, and processes that end with the test.

tap_count=0
tap_failed=0
tap_pids=()

# check DESCRIPTION COMMAND…: one TAP line; what a failing command said follows as diagnostics. The command
# runs in a subshell, so what must set variables runs before and hands its status on (`passed`).
check() {
    local name=$1 said
    shift
    tap_count=$((tap_count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $tap_count - $name"
    else
        echo "not ok $tap_count - $name"
        printf '%s\n' "$said" | tail -n 20 | sed 's/^/# /'
        tap_failed=$((tap_failed + 1))
        return 1
    fi
}

# skip DESCRIPTION REASON
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# passed STATUS FILE: what an earlier step came to, and said
passed() {
    cat "$2"
    return "$1"
}

# same EXPECTED ACTUAL
same() {
    [ "$1" = "$2" ] && return 0
    echo "expected: $1"
    echo "     got: $2"
    return 1
}

# until_true SECONDS COMMAND…: waits for the command to succeed.
until_true() {
    local tries=$(($1 * 20))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

# A port that is free now. It may be taken a moment later, so whoever uses it tries more than once.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# stop PID: ends one of our processes and waits for it.
stop() {
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

stop_all() {
    local pid
    for pid in "${tap_pids[@]}"; do
        stop "$pid"
    done
}

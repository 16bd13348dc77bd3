#!/usr/bin/env bash
# README's "An organizer's day", pasted block by block into one shell, as a person would; prints TAP.
#
#     tests/smoke/organizers_day.sh
#
# Each line `# → …` of the section is a test: a line like it (`…` stands for anything) must have been printed since the
# one before. The section runs in a fresh directory and on a free port. Needs curl and jq, and node for the port.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v jq >/dev/null; then
    echo "ok 1 - an organizer's day # SKIP jq is not installed"
    echo 1..1
    exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
ln -s "$root/build" "$root/seed-data" "$tmp/"

# --- the section as a script ----------------------------------------------------------------------

cat >"$tmp/day.sh" <<'PRELUDE'
exec 3>&1 >printed 2>&1
count=0 failed=0 seen=0
make() { :; } # `make test` has built it
expect() { # LINE: with * for what differs
    local line n=0
    count=$((count + 1))
    while IFS= read -r line; do
        n=$((n + 1))
        # shellcheck disable=SC2053 # a pattern
        if [ "$n" -gt "$seen" ] && [[ $line == $1 ]]; then
            seen=$n
            echo "ok $count - $2" >&3
            return
        fi
    done <printed
    failed=$((failed + 1))
    { echo "not ok $count - $2"; tail -n +$((seen + 1)) printed | cut -c 1-2000 | sed 's/^/# /'; } >&3
}
finish() {
    kill $! 2>/dev/null
    wait 2>/dev/null
    echo "1..$count" >&3
    [ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
}
trap finish EXIT
PRELUDE

# A line `# → text` becomes: expect PATTERN 'text'
sed -n "/^## An organizer's day\$/,/^## [^A]/p" "$root/README.md" |
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' |
    sed "s/127\.0\.0\.1:8080/127.0.0.1:$port/g" |
    awk '/^# → / {
             text = pattern = substr($0, length("# → ") + 1)
             gsub(/[][*?\\]/, "\\\\&", pattern); gsub(/…/, "*", pattern)
             gsub(/\047/, "\047\\\047\047", text); gsub(/\047/, "\047\\\047\047", pattern)
             print "expect \047" pattern "\047 \047" text "\047"; next
         } { print }' >>"$tmp/day.sh"

cd "$tmp" || exit 1
CONVENED_LISTEN=127.0.0.1:$port CONVENED_METRICS_LISTEN=off timeout 300 bash day.sh
status=$?
[ "$status" -eq 0 ] || tail -n 20 "$tmp/day/log" 2>/dev/null | sed 's/^/# /'
exit "$status"

#!/usr/bin/env bash
# A phone's path through the demo event by curl, as a newcomer would try it; prints TAP.
#
#     CONVENED=build/convened tests/smoke/newcomer.sh
#
# Los Angeles joins with its code, reads agenda and resources, adds to its worksheet and hands it in. The organizer
# sees progress, and the text once it was handed in. Alameda, from another county, finds nothing throughout.
# Needs curl, and node to read JSON.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
convened=${CONVENED:-$root/build/asan/convened}
case $convened in
/*) ;;
*) convened=$PWD/$convened ;;
esac
tmp=$(mktemp -d)
server=

# shellcheck disable=SC2317 # the traps call it
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

count=0
failed=0
# same DESCRIPTION EXPECTED ACTUAL
same() {
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf 'expected: %s\n     got: %s\n%s\n' "$2" "$3" "$(head -c 2000 "$tmp/body" 2>/dev/null)" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

# call TOKEN METHOD PATH [JSON]: $status; the body is in $tmp/body.
call() {
    local token=$1 method=$2 path=$3
    set -- "$tmp/body" "${@:4}"
    [ $# -lt 2 ] || set -- "$1" -H 'Content-Type: application/json' -d "$2"
    [ -z "$token" ] || set -- "$@" -H "Authorization: Bearer $token"
    status=$(curl -s -m 20 -X "$method" -w '%{http_code}' -o "$@" "$url$path")
}

# get EXPRESSION: of the body, as `it`.
get() {
    node -e 'const it = JSON.parse(require("fs").readFileSync(process.argv[1]));
             const value = eval(process.argv[2]);
             console.log(typeof value === "object" ? JSON.stringify(value) : String(value));' "$tmp/body" "$1" 2>/dev/null
}

# join_event CODE NAME: $token, $refresh
join_event() {
    call '' POST /v1/auth/join "{\"code\":\"$1\",\"display_name\":\"$2\",\"device\":\"a phone\"}"
    token=$(get it.access_token)
    refresh=$(get it.refresh_token)
}

# --- the demo starts ------------------------------------------------------------------------------

(cd "$root" && exec "$convened" demo --data "$tmp/data" --listen 127.0.0.1:0 --metrics-listen off) >"$tmp/said" 2>"$tmp/log" &
server=$!
for _ in $(seq 600); do
    grep -q '^curl .*worksheets' "$tmp/said" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$tmp/said")
code=$(sed -n 's/^ *team code  *\([0-9A-Z-]*\) .*/\1/p' "$tmp/said")
password=$(sed -n 's/^ *organizer login  *organizer@example.org  *\(.*\)/\1/p' "$tmp/said")
same 'the demo says where it is and how to get in' 'yes yes yes' "${url:+yes} ${code:+yes} ${password:+yes}"
if [ -z "$url" ]; then
    tail -n 5 "$tmp/said" "$tmp/log" | sed 's/^/# /'
    echo "1..$count"
    exit 1
fi
same 'the code looks like one' LOSA "$(echo "$code" | sed -n 's/^\([A-Z]\{4\}\)-[0-9A-Z]\{5\}-[0-9A-Z]\{5\}$/\1/p')"
same 'its QR is there' yes "$(grep -q '▀' "$tmp/said" && echo yes)"

# The lines to try are pasted as they stand, into a shell of their own.
# shellcheck disable=SC2016 # the lines are to expand when they are pasted
sed -n '/^TOKEN=\$(curl /p; /^curl /p' "$tmp/said" >"$tmp/try"
same 'three curl lines' 3 "$(grep -c 'curl' "$tmp/try")"
head -n 2 "$tmp/try" | sh >"$tmp/body"
same 'pasted, the first two show the agenda' true "$(get 'it.items.length > 10 && it.items.every((s) => s.title && s.starts_at)')"
sed -n '1p;3p' "$tmp/try" | sh >"$tmp/body"
same 'pasted, the first and the third show the own worksheet' '[1,26]' "$(get '[it.items.length, it.items[0].items]')"

# --- Los Angeles ----------------------------------------------------------------------------------

E=/v1/events/csec2015
join_event "$(echo "$code" | tr 'A-Z-' 'a-z ')" 'Table 4'
same 'Los Angeles joins, the code typed in small letters' '200 member los-angeles csec2015' "$status $(get '[it.role, it.team.slug, it.event.slug].join(" ")')"
la=$token
la_refresh=$refresh
call "$la" GET $E
same 'reads the event' '200 America/Los_Angeles' "$status $(get it.zone)"
call "$la" GET "$E/sessions?limit=500"
same 'reads the agenda' '200 true' "$status $(get 'it.items.length >= 20 && it.items.every((s, i, all) => !i || Date.parse(all[i - 1].starts_at) <= Date.parse(s.starts_at))')"
session=$(get 'it.items.find((s) => s.kind !== "break").id')
call "$la" PUT "$E/bookmarks/$session"
same 'bookmarks a session' 204 "$status"
call "$la" GET "$E/resources?limit=500"
same 'reads the resources' '200 true' "$status $(get 'it.items.length >= 10 && it.items.every((r) => r.title && r.kind)')"
call "$la" GET "$E/worksheets"
same 'finds one worksheet, its own' '200 1 26 open' "$status $(get '[it.items.length, it.items[0].items, it.items[0].state].join(" ")')"
sheet=$(get 'it.items[0].id')
W=$E/worksheets/$sheet
call "$la" GET "$W"
same 'reads its 26 items' '200 26 26' "$status $(get 'const all = it.prompts.flatMap((p) => p.items); [all.length, all.filter((i) => i.text).length].join(" ")')"
same 'in the words of that day' true "$(get 'it.prompts[0].items[0].text.includes("Contracting issues")')"
prompt=$(get 'it.prompts.find((p) => p.kind === "next_steps").id')
words='Ask the survivor board first'
call "$la" POST "$W/items" "{\"prompt_id\":\"$prompt\",\"text\":\"$words\",\"owner\":\"Probation\",\"due\":\"2016-02-01\"}"
same 'adds an item' 201 "$status"
item=$(get it.id)
call "$la" GET "$W"
same 'and reads 27' "27 $words" "$(get '[it.prompts.flatMap((p) => p.items).length, it.prompts.find((p) => p.kind === "next_steps").items.at(-1).text].join(" ")')"
same 'a member may not hand in' 403 "$(call "$la" POST "$W/submit"; echo "$status")"

# --- the organizer, before ------------------------------------------------------------------------

call '' POST /v1/auth/login "{\"email\":\"organizer@example.org\",\"password\":\"$password\"}"
same 'the organizer logs in' '200 organizer' "$status $(get it.role)"
organizer=$(get it.access_token)
call "$organizer" GET "$E/worksheets?limit=500"
same 'sees the progress of every team' '200 true' "$status $(get "it.items.length >= 20 && it.items.find((w) => w.id === '$sheet').items === 27")"
same 'but no text' '' "$(grep -o "$words" "$tmp/body")"
call "$organizer" GET "$W"
same 'opens the worksheet: counts, no item' '200 open 0' "$status $(get '[it.state, it.prompts.flatMap((p) => p.items).length].join(" ")')"
same 'no text there either' '' "$(grep -oE "$words|Contracting" "$tmp/body")"
call "$organizer" GET "$W/revisions"
before=$status
same 'nor in the history' '' "$(grep -oE "$words|Contracting" "$tmp/body")"
same 'which is refused or empty' yes "$(case $before in 200 | 403 | 404) echo yes ;; *) echo "$before" ;; esac)"

# --- another county, throughout -------------------------------------------------------------------

join_event "$("$convened" code --data "$tmp/data" --event csec2015 --team alameda)" 'Table 9'
same 'Alameda joins with its own code' '200 alameda' "$status $(get it.team.slug)"
alameda=$token
team=$(call "$la" GET /v1/me; get 'it.participant.team_id')
another_county() { # WHEN
    local method path json
    while read -r method path json; do
        call "$alameda" "$method" "$path" ${json:+"$json"}
        same "$1, Alameda: $method ${path#"$E"}" 404 "$status"
        same "$1, Alameda learns nothing by it" '' "$(grep -oE "$words|Contracting|los-angeles" "$tmp/body")"
    done <<LINES
GET $W
GET $W/revisions
GET $W/versions/1
POST $W/items {"prompt_id":"$prompt","text":"from outside"}
PATCH $W/items/$item {"text":"from outside"}
DELETE $W/items/$item
GET $E/teams/$team/members
LINES
    call "$alameda" GET "$E/worksheets"
    same "$1, Alameda finds its own worksheet alone" 1 "$(get "it.items.filter((w) => w.id !== '$sheet').length + it.items.filter((w) => w.id === '$sheet').length * 100")"
}
another_county before

# --- handing in -----------------------------------------------------------------------------------

call "$la" PUT "$E/teams/$team/lead" '{}'
same 'Table 4 takes the lead, which nobody has' yes "$(case $status in 200 | 204) echo yes ;; *) echo "$status" ;; esac)"
call '' POST /v1/auth/refresh "{\"refresh_token\":\"$la_refresh\"}"
same 'and is the lead from the next token on' '200 lead' "$status $(get it.role)"
la=$(get it.access_token)
call "$alameda" POST "$W/submit"
same 'Alameda does not hand it in' yes "$(case $status in 403 | 404) echo yes ;; *) echo "$status" ;; esac)"
call "$la" POST "$W/submit"
same 'Los Angeles hands in' '200 submitted 1' "$status $(get '[it.state, it.version].join(" ")')"
call "$la" POST "$W/items" "{\"prompt_id\":\"$prompt\",\"text\":\"too late\"}"
same 'after that nothing is added' 409 "$status"

# --- the organizer, after -------------------------------------------------------------------------

call "$organizer" GET "$W"
same 'the organizer reads all 27' "200 submitted 27 $words" "$status $(get '[it.state, it.prompts.flatMap((p) => p.items).length, it.prompts.find((p) => p.kind === "next_steps").items.at(-1).text].join(" ")')"
call "$organizer" GET "$W/versions/1"
same 'and the version that was handed in' 200 "$status"
another_county after
call "$organizer" POST "$W/reopen" '{"note":"One more question"}'
same 'the organizer reopens it' '200 reopened' "$status $(get it.state)"
another_county reopened

# --- the end --------------------------------------------------------------------------------------

kill "$server"
wait "$server"
same 'SIGTERM ends it well' 0 "$?"
server=
same 'the sanitizers are silent' '' "$(grep -E 'Sanitizer|runtime error' "$tmp/log")"
same 'nothing that was typed is in the log' '' "$(grep -oE "$words|Table 4|$code|$password|from outside" "$tmp/log" | head -n 1)"
echo "1..$count"
[ "$failed" -eq 0 ]

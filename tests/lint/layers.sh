#!/bin/sh
# Includes point down only: base < db < http < sync, features < cli; each third-party header has one home; a feature includes no
# other feature's insides through http. Prints what breaks the rule; exit status 1 then.
set -eu
cd "$(dirname "$0")/../.."

level() {
    case $1 in
    base) echo 0 ;;
    db) echo 1 ;;
    http) echo 2 ;;
    sync | features) echo 3 ;;
    cli) echo 4 ;;
    *) echo "unknown room: $1" >&2; exit 1 ;;
    esac
}

bad=0
for file in server/*/*.c server/*/*.h; do
    room=$(basename "$(dirname "$file")")
    own=$(level "$room")
    for other in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
        if [ "$(level "$other")" -gt "$own" ]; then
            echo "$file ($room) includes $other, which is above it"
            bad=1
        fi
    done
done

home() { # header, the only place that may include it
    for file in $(grep -l "#include <$1>" server/*.c server/*/*.c server/*/*.h 2>/dev/null); do
        case $file in
        $2) ;;
        *) echo "$file includes <$1>, whose home is $2"; bad=1 ;;
        esac
    done
}
home civetweb.h server/http/listener.c
home jwt.h server/http/token.c
home sqlite3.h 'server/db/*'
home qrencode.h server/features/qr.c
home expat.h server/features/incoming_schedule.c
home md4c.h server/features/markdown.c
home zlib.h server/http/deflate.c

for file in $(grep -lE '#include <(sqlite3|civetweb|jwt|openssl/[a-z]*|zlib|qrencode|md4c|expat)\.h>' server/base/*.[ch] 2>/dev/null); do
    echo "$file: base/ knows libc, jansson and libsodium only"
    bad=1
done
if [ "$bad" -eq 0 ]; then echo "layers: includes point down"; fi
exit "$bad"

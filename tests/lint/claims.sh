#!/bin/sh
# A header that names its tests names tests that exist; so do README and ARCHITECTURE.md with files of any kind.
set -eu
cd "$(dirname "$0")/../.."
bad=0
for path in $(grep -ohE '\b(tests|server|api-spec|seed-data)/[a-zA-Z0-9_./-]+\.(c|h|mjs|sh|md|sql|yaml|conf|service|csv)\b' -r server README.md | sort -u); do
    if [ ! -e "$path" ]; then
        echo "$path is named in $(grep -rlF "$path" server README.md | tr '\n' ' ')and does not exist"
        bad=1
    fi
done
if [ "$bad" -eq 0 ]; then echo "claims: every file that is named exists"; fi
exit "$bad"

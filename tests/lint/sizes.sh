#!/bin/sh
# A file is one idea, about 400 lines; a function fits a screen. More needs a reason, given here.
set -eu
cd "$(dirname "$0")/../.."

file_limit=420
function_limit=60

allowed() { # file: why it may be longer
    case $1 in
    server/http/listener.c) return 0 ;; # one idea: all that touches civetweb
    server/cli/seed.c) return 0 ;; # one idea: every kind of seed file, read top to bottom
    *) return 1 ;;
    esac
}

bad=0
for file in server/*.[ch] server/*/*.[ch]; do
    lines=$(wc -l < "$file")
    if [ "$lines" -gt "$file_limit" ] && ! allowed "$file"; then
        echo "$file has $lines lines, more than $file_limit"
        bad=1
    fi
done
# Functions begin and end in the first column (clang-format holds that).
awk -v limit="$function_limit" '
    FNR == 1 { start = 0 }
    /^{/ { start = FNR }
    /^}/ && start { if (FNR - start > limit) { printf "%s:%d: a function of %d lines, more than %d\n", FILENAME, start, FNR - start, limit; bad = 1 } start = 0 }
    END { exit bad }' server/*.c server/*/*.c || bad=1
if [ "$bad" -eq 0 ]; then echo "sizes: files and functions fit"; fi
exit "$bad"

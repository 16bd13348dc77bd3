#!/bin/sh
# What must not be in the sources or the binary: calls that overflow, and the parts of civetweb that carry its CVEs.
#     tests/lint/banned.sh build/convened
set -eu
cd "$(dirname "$0")/../.."
bad=0

if grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|system|popen|mktemp|tmpnam|alloca|localtime|gmtime|setjmp|longjmp|rand|srand)\(' \
    server/*.c server/*/*.[ch] | grep -vE ':[0-9]+: ?(/\*|\*| \*)'; then
    echo "the calls above are banned"
    bad=1
fi
# No file serving, no forms, no websockets, no CGI, no TLS: see server/ARCHITECTURE.md.
if nm -D --undefined-only "$1" | grep -E ' mg_(handle_form_request|send_file|send_file_body|send_mime_file|set_websocket_handler|websocket_|store_body|get_var|connect_|set_auth_handler|modify_passwords)'; then
    echo "the civetweb functions above are banned"
    bad=1
fi
if grep -nE '"(document_root|ssl_certificate|cgi_pattern|websocket_root|put_delete_auth_file)"' server/http/listener.c; then
    echo "the civetweb options above are banned"
    bad=1
fi
if grep -nE 'sqlite3_(load_extension|enable_load_extension|exec)\(' server/features/*.c server/http/*.c server/cli/*.c; then
    echo "SQL is run by db/ alone"
    bad=1
fi
# The audit is append-only: triggers on the writer say so, too (server/db/feed.c).
if grep -niE '(UPDATE|DELETE FROM|REPLACE INTO) *audit\b' server/*/*.[ch] server/db/migrations/*.sql; then
    echo "nothing changes or deletes rows of the audit"
    bad=1
fi
# Patterns on clients' text can be made to run for ever.
if grep -nE '#include <(regex|pcre2?)\.h>' server/*/*.[ch]; then
    echo "no regular expressions"
    bad=1
fi
if [ "$bad" -eq 0 ]; then echo "banned: none found"; fi
exit "$bad"

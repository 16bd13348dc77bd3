#!/bin/sh
# spec.sh - the contract itself: a strict lint, its own rules, a typed client that compiles, the JSON and the page
# that the server embeds, and that the lints catch what they are for. Prints TAP; output in build/spec/.
set -u
cd "$(dirname "$0")/../.." || exit 2
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
bin=tests/node_modules/.bin
out=build/spec
if [ ! -x "$bin/redocly" ]; then
    echo "Bail out! tests/node_modules is missing: npm ci --prefix tests"
    exit 2
fi
mkdir -p "$out"
count=0
failed=0

# check NAME COMMAND…: one test, which passes when the command does; what it printed follows a failure.
check() {
    name=$1
    shift
    count=$((count + 1))
    if "$@" >"$out/log" 2>&1; then
        echo "ok $count - $name"
    else
        failed=$((failed + 1))
        echo "not ok $count - $name"
        sed 's/^/#   /' "$out/log" | head -n 60
    fi
}

redocly_lint() { # a warning is as bad as an error: --max-problems shows all, grep finds the verdict
    "$bin/redocly" lint --config api-spec/redocly.yaml --max-problems 500 api-spec/openapi.yaml >"$out/redocly" 2>&1
    status=$?
    cat "$out/redocly"
    [ $status -eq 0 ] && ! grep -qi 'warning' "$out/redocly"
}

typed_client() {
    "$bin/openapi-typescript" api-spec/openapi.yaml --output "$out/convened.d.ts"
}

compiles() {
    "$bin/tsc" --project tests/lint/tsconfig.json
}

embedded() {
    /usr/bin/python3 api-spec/build.py api-spec/openapi.yaml "$out/openapi.json" "$out/docs.html" &&
        node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$out/openapi.json" &&
        ! grep -qiE '<script|<link|<img|javascript:|@import|url\(| on[a-z]+=' "$out/docs.html"
}

check "the contract passes the strict lint" redocly_lint
check "the contract keeps its own rules" node tests/lint/spec-rules.mjs
check "a typed client generates" typed_client
check "a program compiles with it" compiles
check "the JSON and the page build, and the page loads and runs nothing" embedded
check "the lints catch what they are for" node tests/lint/lints-catch.mjs
echo "1..$count"
[ $failed -eq 0 ]

#!/bin/sh
# Runs suites that print TAP and counts what they say. The last line is `N passed, N failed, N skipped`.
#
#     tests/run.sh all|unit|api|smoke|judges|model|threads
#
# A suite that ends badly without saying which test failed counts as one failure.
set -u
cd "$(dirname "$0")/.." || exit 2
mkdir -p build/test
log=build/test/tap.log
san=${SANDIR:-build/asan}
: > "$log"
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
export TSAN_OPTIONS=halt_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

suite() { # name, command...
    name=$1
    shift
    echo "# $name"
    "$@" > build/test/out 2> build/test/err
    status=$?
    cat build/test/out >> "$log"
    # What went wrong is shown whole; what went well is counted.
    if [ "$status" -ne 0 ] || grep -q '^not ok' build/test/out; then
        grep -v '^ok' build/test/out | tail -n 60
        tail -n 60 build/test/err
        if ! grep -q '^not ok' build/test/out; then
            echo "not ok - $name ended with status $status" | tee -a "$log"
        fi
    elif ! grep -q '^ok' build/test/out; then
        echo "not ok - $name ran no test" | tee -a "$log"
    fi
    grep '# SKIP' build/test/out | sed 's/^/  /'
}

programs() { # unit|api
    for t in "$san"/tests/"$1"/*_test; do
        suite "$1/$(basename "$t")" "$t"
    done
}

unit() {
    programs unit
    [ -x tests/fuzz/replay.sh ] && suite fuzz/regression tests/fuzz/replay.sh
}

api() {
    rm -rf build/test/seeded build/test/replies.jsonl
    programs api
    suite api/replies-match-contract node tests/lint/validate-replies.mjs
    suite api/routes-match-contract sh -c 'build/convened routes | node tests/lint/routes-equal-spec.mjs'
}

smoke() {
    for t in tests/smoke/*.sh tests/smoke/*_test.mjs; do
        case $t in
        *.sh) suite "smoke/$(basename "$t")" "$t" ;;
        *.mjs) [ -e "$t" ] && suite "smoke/$(basename "$t")" node "$t" ;;
        esac
    done
}

# Where a judge is not installed, its tests say so and are counted as skipped.
judges() {
    for t in tests/judges/*_test.mjs; do
        suite "judges/$(basename "$t")" node "$t"
    done
}

model() {
    [ -x tests/model/run.sh ] && suite model tests/model/run.sh
}

case ${1:-all} in
unit) unit ;;
api) api ;;
smoke) smoke ;;
judges) judges ;;
all) unit; api; smoke; judges; model ;;
threads) programs unit; programs api ;;
model) model ;;
*) echo "usage: tests/run.sh all|unit|api|smoke|judges|model|threads" >&2; exit 2 ;;
esac

skipped=$(grep -ci '^ok.*# skip' "$log")
passed=$(grep -c '^ok' "$log")
failed=$(grep -c '^not ok' "$log")
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

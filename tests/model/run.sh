#!/bin/sh
# The model, its mutants, and a real RxDB, one after the other. Prints TAP of each; the suites are told apart by
# the line before them. `SOAK=seconds` and `SEED=n` reach the model: see model.mjs.
#
#     tests/model/run.sh [model|mutants|rxdb]      after `make build/convened`
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

suite() { # name command...
    echo "# $1"
    shift
    "$@" || failed=1
}

for part in ${*:-model mutants rxdb}; do
    case $part in
    model) suite model node tests/model/model.mjs ;;
    mutants) suite mutants tests/model/mutants.sh ;;
    rxdb) suite rxdb node tests/model/rxdb.mjs ;;
    *)
        echo "usage: tests/model/run.sh [model|mutants|rxdb]" >&2
        exit 2
        ;;
    esac
done
exit $failed

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

# What fails is replayed once with its seed: what its seed does not bring back hung on two requests crossing each other. It is shown,
# and the replay counts.
model() {
    mkdir -p build/test
    node tests/model/model.mjs > build/test/model.tap && { cat build/test/model.tap; return 0; }
    sed 's/^not ok/# first run: not ok/; s/^ok/# first run: ok/; s/^1\.\./# 1../' build/test/model.tap
    SEED=$(sed -n 's/^# seed \([0-9]*\)$/\1/p' build/test/model.tap | head -n 1) node tests/model/model.mjs
}

for part in ${*:-model mutants rxdb}; do
    case $part in
    model) suite model model ;;
    mutants) suite mutants tests/model/mutants.sh ;;
    rxdb) suite rxdb node tests/model/rxdb.mjs ;;
    *)
        echo "usage: tests/model/run.sh [model|mutants|rxdb]" >&2
        exit 2
        ;;
    esac
done
exit $failed

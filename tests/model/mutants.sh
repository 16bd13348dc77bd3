#!/bin/sh
# Builds the real code with one fault each (-DMUTANT_…, a few lines that no other build has) and lets the model
# find it. Prints TAP, and `mutant NAME: caught by invariant N`. A model that misses a mutant proves nothing.
#
#     tests/model/mutants.sh [name…]      after `make build/convened`
#
# Files that mention the switch are compiled anew, into build/mutants/NAME; the rest is build/obj's.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
all='seq-before-lock timestamp-cursor server-fields empty-on-replay clamped-limit filter-after-limit random-fork-id'
libs=$(sed -n 's/^LIBS *:= *//p' Makefile)
: "${CC:=gcc}"
out=build/mutants
n=0
failed=0
mkdir -p "$out"

switch_of() {
    case $1 in
    server-fields) echo MUTANT_SERVER_FIELDS_COMPARED ;;
    *) echo "MUTANT_$1" | tr 'a-z-' 'A-Z_' ;;
    esac
}

build() { # name switch
    rm -rf "${out:?}/$1"
    mkdir -p "$out/$1"
    grep -q "$2" server/*/*.c || return 1
    objects=build/obj/embed.o
    for source in server/main.c server/*/*.c; do
        object=build/obj/${source#server/}
        object=${object%.c}.o
        if grep -q "$2" "$source"; then
            object=$out/$1/$(basename "$source" .c).o
            # shellcheck disable=SC2086 # CC may have arguments
            $CC -std=gnu11 -D_GNU_SOURCE "-D$2" -Iserver -O2 -fPIE -w -c -o "$object" "$source" || return 1
        fi
        objects="$objects $object"
    done
    # shellcheck disable=SC2086
    $CC -rdynamic -pie -o "$out/$1/convened" $objects $libs
}

# A run that fails without any fault would catch nothing.
control() { # focus
    n=$((n + 1))
    if SEED=${SEED:-1} FOCUS=$1 SEEDED=$out/seeded timeout 60 node tests/model/model.mjs > "$out/control.tap" 2>&1; then
        echo "ok $n - the build without a fault passes the run for $1"
        return 0
    fi
    grep '^#' "$out/control.tap"
    echo "not ok $n - the build without a fault fails the run for $1"
    return 1
}

try() { # name
    n=$((n + 1))
    switch=$(switch_of "$1")
    if ! build "$1" "$switch" > "$out/$1.log" 2>&1; then
        echo "not ok $n - mutant $1: it cannot be built"
        sed 's/^/# /' "$out/$1.log" | tail -n 5
        return 1
    fi
    # What hangs on two requests crossing each other gets a second seed.
    for seed in ${SEED:-1 2}; do
        SEED=$seed FIRST=1 FOCUS=$1 BINARY=$out/$1/convened SEEDED=$out/seeded timeout 60 node tests/model/model.mjs > "$out/$1.tap" 2>&1
        caught=$(sed -n 's/^not ok \([0-9]*\) .*/\1/p' "$out/$1.tap" | head -n 1)
        [ -n "$caught" ] && break
    done
    case $caught in
    '' | 12)
        echo "not ok $n - mutant $1: not caught"
        tail -n 15 "$out/$1.tap" | sed 's/^/# /'
        return 1
        ;;
    esac
    echo "# mutant $1: caught by invariant $caught"
    sed -n 's/^\(# invariant\)/\1/p' "$out/$1.tap" | head -n 1 | cut -c 1-200
    echo "ok $n - mutant $1: caught by invariant $caught"
}

rm -rf "$out/seeded"
build/convened seed --data "$out/seeded" seed-data > /dev/null || exit 1
if [ $# -eq 0 ]; then
    control empty-on-replay || failed=1
    control random-fork-id || failed=1
fi
for name in ${*:-$all}; do
    try "$name" || failed=1
done
echo "1..$n"
exit $failed

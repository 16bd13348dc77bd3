#!/bin/sh
# Runs every fuzz target over its kept inputs, with ASan and UBSan but without libFuzzer. Prints TAP.
#
#     tests/fuzz/replay.sh
#
# Wants build/asan/libconvened.a (make test-programs).
set -u
cd "$(dirname "$0")/../.." || exit 2
out=build/asan/tests/fuzz
lib=build/asan/libconvened.a
libs=$(sed -n 's/^LIBS *:= *//p' Makefile)
flags='-std=gnu11 -D_GNU_SOURCE -Iserver -Itests/fuzz -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined'
mkdir -p "$out"
if [ ! -e "$lib" ]; then
    echo "Bail out! $lib is missing: make test-programs"
    exit 2
fi
failed=0
for source in tests/fuzz/*_fuzz.c; do
    name=$(basename "$source" _fuzz.c)
    program=$out/${name}_replay
    # shellcheck disable=SC2086 # one argument a word
    if ${CC:-cc} $flags -o "$program" "$source" tests/fuzz/replay.c "$lib" $libs; then
        "$program" "$name" "tests/fuzz/corpus/$name" "tests/fuzz/regression/$name" 2>"$out/$name.err" && continue
        tail -n 40 "$out/$name.err" | sed 's/^/#   /'
    fi
    echo "not ok - fuzz/$name"
    failed=1
done
exit $failed

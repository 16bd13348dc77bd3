#!/bin/sh
# Builds every fuzz target with libFuzzer, ASan and UBSan, and runs each for a while. Prints TAP.
#
#     tests/fuzz/run.sh SECONDS [TARGET…]
#
# New inputs that reach new code gather in build/fuzz/corpus/TARGET and are used again by the next run. What crashes is
# written to build/fuzz/: mend it and keep the input in tests/fuzz/regression/TARGET/, where tests/fuzz/replay.sh
# (and so `make test`) finds it.
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=${1:-20}
[ $# -eq 0 ] || shift
out=build/fuzz
cc=${FUZZ_CC:-clang}
libs=$(sed -n 's/^LIBS *:= *//p' Makefile)
flags='-std=gnu11 -D_GNU_SOURCE -Iserver -Itests/fuzz -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined'
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
mkdir -p "$out/obj"

if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
    $cc -fsanitize=fuzzer,address,undefined -x c -o "$out/probe" - 2>/dev/null; then
    echo "ok 1 - fuzzing # SKIP no clang with libFuzzer (Debian: clang and libclang-rt-14-dev)"
    echo 1..1
    exit 0
fi

# The program but its main(), each file on its own so that both cores work.
build_library() {
    [ -e "$out/libconvened.a" ] && [ -z "$(find server -newer "$out/libconvened.a" -name '*.[ch]')" ] && return 0
    make -s build/obj/embed.o || return 1
    rm -f "$out/libconvened.a"
    # shellcheck disable=SC2016,SC2086 # $1 is the inner shell's; one argument a word
    printf '%s\n' server/*/*.c | xargs -P 2 -I '{}' sh -c \
        'file=$1; shift; "$@" -c -o "'"$out"'/obj/$(echo "$file" | tr / _).o" "$file"' sh '{}' \
        $cc $flags -fsanitize=fuzzer-no-link,address,undefined || return 1
    ar rcs "$out/libconvened.a" "$out"/obj/*.o build/obj/embed.o
}

if ! build_library; then
    echo "Bail out! the sources do not compile with $cc"
    exit 1
fi

if [ $# -eq 0 ]; then
    for source in tests/fuzz/*_fuzz.c; do
        set -- "$@" "$(basename "$source" _fuzz.c)"
    done
fi
echo "1..$#"
count=0
failed=0
for name in "$@"; do
    count=$((count + 1))
    log=$out/$name.log
    mkdir -p "$out/corpus/$name"
    # shellcheck disable=SC2086 # one argument a word
    if $cc $flags -fsanitize=fuzzer,address,undefined -o "$out/$name" "tests/fuzz/${name}_fuzz.c" \
        "$out/libconvened.a" $libs >"$log" 2>&1 &&
        "$out/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="$out/$name-" "$out/corpus/$name" "tests/fuzz/corpus/$name" \
            "tests/fuzz/regression/$name" >>"$log" 2>&1; then
        echo "ok $count - fuzz/$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        failed=1
        echo "not ok $count - fuzz/$name"
        tail -n 60 "$log" | sed 's/^/#   /'
    fi
done
exit $failed

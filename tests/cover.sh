#!/bin/sh
# Line coverage of the unit and API tests over server/, by gcovr; the sources are built once more with gcov's counters.
# Prints the table; fails when the code that decides who may do what is covered by less than 95 % of lines.
set -eu
cd "$(dirname "$0")/.."
dir=build/cover
flags='-O0 -g --coverage -fprofile-abs-path -fprofile-update=atomic' # several threads count at once
mkdir -p $dir/obj build/test
rm -f $(find $dir -name '*.gcda')

# An object is as old as its source, or as a header, or as these flags.
newest=$(ls -t tests/cover.sh server/*/*.h tests/*/*.h | head -n 1)
compile() { # source object
    if [ ! -e "$2" ] || [ "$1" -nt "$2" ] || [ "$newest" -nt "$2" ]; then
        mkdir -p "$(dirname "$2")"
        cc -std=gnu11 -D_GNU_SOURCE -Iserver -Itests $flags -fPIE -c -o "$2" "$1"
    fi
}

make --no-print-directory build/gen/embed.S > /dev/null
for source in server/*/*.c tests/harness/*.c; do
    compile "$source" "$dir/obj/${source%.c}.o"
done
cc -c -o $dir/obj/embed.o build/gen/embed.S
libs="-lcmocka $(sed -n 's/^LIBS *:= *//p' Makefile)"
export CMOCKA_MESSAGE_OUTPUT=TAP
for test in tests/unit/*_test.c tests/api/*_test.c; do
    program=$dir/$(basename "$test" .c)
    compile "$test" "$dir/obj/${test%.c}.o"
    cc --coverage -rdynamic -o "$program" "$dir/obj/${test%.c}.o" $(find $dir/obj/server $dir/obj/tests/harness -name '*.o') \
        $dir/obj/embed.o $libs
    "$program" > "$program.out" 2>&1 || echo "$(basename "$test") failed under coverage"
done
gcovr --root . --filter 'server/' --object-directory $dir --print-summary --txt build/cover.txt $dir > build/cover.summary
cat build/cover.txt
tail -n 4 build/cover.summary

# Authentication, tokens and policy.
awk '$1 ~ /http\/(token|keys|secrets|signing|identity|access|audience|dispatch|limiter)\.c$|features\/(auth|admin|grant|codes|code_holder)\.c$|base\/password\.c$/ {
         lines += $2; run += $3; if ($3 < 0.95 * $2) low = low " " $1 " " $4 }
     END { printf "auth, tokens and policy: %.1f %% of %d lines\n", lines ? 100 * run / lines : 0, lines
           if (low) print "below 95 %:" low
           exit !(lines && run >= 0.95 * lines) }' build/cover.txt

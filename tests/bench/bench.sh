#!/bin/sh
# The benchmark: `make bench`, or this after `make build`. See bench.py and sync.py for what they measure and how.
#     BENCH_ROUNDS=5 BENCH_SECONDS=2 tests/bench/bench.sh
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
mkdir -p build/bench
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -o build/bench/raw_sqlite tests/bench/raw_sqlite.c -lsqlite3
/usr/bin/python3 tests/bench/bench.py build/convened build/bench
exec /usr/bin/python3 tests/bench/sync.py build/convened build/bench

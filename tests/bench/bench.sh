#!/bin/sh
# The benchmark: `make bench`, or this after `make build`. See bench.py and sync.py for what they measure and how.
#     BENCH_ROUNDS=5 BENCH_SECONDS=2 tests/bench/bench.sh
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
mkdir -p build/bench
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -o build/bench/raw_sqlite tests/bench/raw_sqlite.c -lsqlite3

# Fastify is built where it is measured; a Node without its headers is pointed to them. Without it the rest is measured.
if [ ! -e build/bench/fastify/installed ]; then
    rm -rf build/bench/fastify
    cp -R tests/bench/peers/fastify build/bench/fastify
    headers=$(dirname "$(dirname "$(command -v node)")")
    [ -e "$headers/include/node/node.h" ] && export npm_config_nodedir="$headers"
    (cd build/bench/fastify && npm ci --no-audit --no-fund --loglevel=error && touch installed) || rm -rf build/bench/fastify
fi
cp tests/bench/peers/fastify/server.mjs build/bench/fastify/ 2> /dev/null || true
/usr/bin/python3 tests/bench/bench.py build/convened build/bench
/usr/bin/python3 tests/bench/sync.py build/convened build/bench

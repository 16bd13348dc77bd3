#!/bin/sh
# The benchmark: `make bench`, or this after `make build`. Each part's own head says what it measures and how.
#     BENCH_ROUNDS=5 BENCH_SECONDS=2 tests/bench/bench.sh [bench|sync|doors|day|grow|report]…
# Without names all run. Figures and rounds of all parts that ran are in build/bench.json.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
mkdir -p build/bench
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -o build/bench/raw_sqlite tests/bench/raw_sqlite.c -lsqlite3
${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -o build/bench/bare_civetweb tests/bench/bare_civetweb.c -lcivetweb

# Fastify is built where it is measured; a Node without its headers is pointed to them. Without it the rest is measured.
if [ ! -e build/bench/fastify/installed ]; then
    rm -rf build/bench/fastify
    cp -R tests/bench/peers/fastify build/bench/fastify
    headers=$(dirname "$(dirname "$(command -v node)")")
    [ -e "$headers/include/node/node.h" ] && export npm_config_nodedir="$headers"
    (cd build/bench/fastify && npm ci --no-audit --no-fund --loglevel=error && touch installed) || rm -rf build/bench/fastify
fi
cp tests/bench/peers/fastify/server.mjs build/bench/fastify/ 2> /dev/null || true
export PYTHONDONTWRITEBYTECODE=1
rm -rf build/bench/seeded
status=0
for part in ${*:-bench sync doors day grow report}; do
    /usr/bin/python3 "tests/bench/$part.py" build/convened build/bench || status=1
done
/usr/bin/python3 - <<'EOF'
import json, pathlib
parts = {p.stem[6:]: json.loads(p.read_text()) for p in sorted(pathlib.Path("build").glob("bench-*.json"))}
pathlib.Path("build/bench.json").write_text(json.dumps(parts, indent=1) + "\n")
EOF
exit $status

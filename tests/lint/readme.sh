#!/bin/sh
# README's table of options is the program's own: each flag, variable and default of `serve --help` stands there, and no other.
#     tests/lint/readme.sh build/convened
set -eu
cd "$(dirname "$0")/../.."
have=$("$1" serve --help | sed -n 's/^  \(--[a-z-]*\).*\[\([A-Z_]*\)\]$/\1 \2/p' | sort)
said=$(sed -n 's/^| `\(--[a-z-]*\)[^`]*` | `\([A-Z_]*\)`.*/\1 \2/p' README.md | sort)
if [ "$have" != "$said" ]; then
    echo "README's options differ from serve --help (< program, > README):"
    printf '%s\n' "$have" > build/options.have
    printf '%s\n' "$said" > build/options.said
    diff build/options.have build/options.said || true
    exit 1
fi
echo "readme: options agree"

#!/bin/sh
# Generates what is generated from proto/: the Python stubs and the descriptor set.
# Without arguments into the tree; with --check into a temporary folder, failing on any difference.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

generate() {
    mkdir -p "$1/generated"
    buf generate -o "$1"
    buf build --as-file-descriptor-set -o "$1/generated/descriptor.binpb"
}

if [ "${1:-}" != --check ]; then
    generate .
    exit
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
generate "$fresh"
if ! diff -r -q -x __pycache__ -x __init__.py alarminati/v1 "$fresh/alarminati/v1" ||
    ! cmp generated/descriptor.binpb "$fresh/generated/descriptor.binpb"; then
    echo "generated files differ from proto/: run 'make stubs' and commit the result" >&2
    exit 1
fi
echo "generated files match proto/"

#!/bin/sh
# Generates what is generated from proto/: stubs for Python, and of proto/public also those for Go and
# TypeScript and the descriptor set. Without arguments into the tree; with --check into a temporary
# folder, failing on any difference. A language whose generators could not be had is left as it is,
# and that is said.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.tools/bin:$PWD/.venv/bin:$PATH"

# Their version is a floor for programs that use our stubs, so it is not that of what runs.
if ! cmp -s requirements/protoc.txt .tools/protoc/requirements.txt; then
    rm -rf .tools/protoc
    scripts/install.sh --require-hashes --no-deps --target .tools/protoc -r requirements/protoc.txt
    cp requirements/protoc.txt .tools/protoc/requirements.txt
fi
export PYTHONPATH="$PWD/.tools/protoc"

# Only those of `make tools` have the right version. One that is here may still lack its Node.js.
ours() {
    for generator; do ".tools/bin/$generator" --version >/dev/null 2>&1 || return; done
}

languages=
skip() { echo "NOT HERE: $2, so generated/$1 is left as it is; see 'make tools'" >&2; }
if ours protoc-gen-go protoc-gen-go-grpc; then languages=go; else skip go "generators for Go"; fi
if ours protoc-gen-es; then languages="$languages typescript"; else skip typescript protoc-gen-es; fi

# `import "@dongdorrong/alarminati"` has everything of alarminati.v1.
index() {
    for stub in "$1"/v1/*_pb.js; do echo "export * from \"./v1/$(basename "$stub")\";"; done > "$1/index.js"
    cp "$1/index.js" "$1/index.d.ts"
}

generate() {
    mkdir -p "$1/generated"
    buf generate -o "$1"
    for language in $languages; do
        rm -rf "$1/generated/$language/alarminati"
        buf generate proto/public --template "generated/$language/buf.gen.yaml" -o "$1"
    done
    case "$languages" in *typescript*) index "$1/generated/typescript/alarminati" ;; esac
    buf build proto/public --as-file-descriptor-set -o "$1/generated/descriptor.binpb"
}

if [ "${1:-}" != --check ]; then
    generate .
    exit
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
generate "$fresh"
same() { diff -r -q -x __pycache__ -x __init__.py "$1" "$fresh/$1"; }
differing=
for path in alarminati/v1 alarminati/mesh/v1 alarminati/journal/v1 alarminati/relay/v1alpha1 generated/descriptor.binpb; do
    same "$path" || differing=yes
done
for language in $languages; do same "generated/$language/alarminati" || differing=yes; done
if [ -n "$differing" ]; then
    echo "generated files differ from proto/: run 'make stubs' and commit the result" >&2
    exit 1
fi
echo "generated files match proto/: python $languages"

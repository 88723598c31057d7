#!/bin/sh
# Refuses changes to the proto files that would break callers of the newest release, or of what is named.
set -eu
cd "$(dirname "$0")/.."
against=${1:-}
if [ -z "$against" ] && tag=$(git describe --tags --abbrev=0 2>/dev/null); then
    against=".git#tag=$tag"
fi
if [ -z "$against" ]; then
    echo "buf breaking: no release tag yet, so nothing to compare with"
    exit
fi
echo "buf breaking against $against" >&2
# Without --exclude-imports the rules of the internal module hold for public files that it imports, too.
buf breaking --exclude-imports --against "$against"

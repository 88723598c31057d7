#!/bin/sh
# Refuses changes to the proto files that would break callers of the newest release.
set -eu
cd "$(dirname "$0")/.."
if tag=$(git describe --tags --abbrev=0 2>/dev/null); then
    echo "buf breaking against $tag"
    buf breaking --against ".git#tag=$tag"
else
    echo "buf breaking: no release tag yet, so nothing to compare with"
fi

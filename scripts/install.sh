#!/bin/sh
# Installs Python packages into .venv; arguments as for `pip install`.
# uv does it in seconds. Where it fails, pip may know certificates or mirrors that uv was not told of.
set -eu
cd "$(dirname "$0")/.."
VIRTUAL_ENV=$PWD/.venv
export VIRTUAL_ENV
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! .venv/bin/uv --quiet pip install "$@" 2>"$log"; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" || {
        echo "and before that, uv said:" >&2
        cat "$log" >&2
        exit 1
    }
fi

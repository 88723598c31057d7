#!/bin/sh
# Builds the page of `alarminati ui` into alarminati/ui/web/dist; with --check it builds elsewhere and
# compares, after types, lint and format. With --link it only connects the installed packages.
# Node is needed for this and never for running the app.
set -eu
cd "$(dirname "$0")/.."
web=alarminati/ui/web
modules=$PWD/.tools/web/node_modules

if [ ! -d "$modules" ]; then
    echo "NOT CHECKED: the page of the app ($web), for there is no Node here; install Node 20 and run make tools" >&2
    test -z "${ALARMINATI_STRICT:-}"
    exit
fi
# Outside the package, so that no wheel and no search walks through it; Vite finds it by the link.
[ -L "$web/node_modules" ] || ln -s ../../../.tools/web/node_modules "$web/node_modules"
[ "${1:-}" != --link ] || exit 0
PATH="$modules/.bin:$PATH"
cd "$web"
case "${1:-}" in
--check)
    tsc --noEmit
    biome ci --error-on-warnings .
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    vite build --logLevel warn --outDir "$fresh" --emptyOutDir
    diff -r dist "$fresh" >/dev/null || {
        echo "$web/dist is not what its source makes: run scripts/web.sh and commit it" >&2
        exit 1
    }
    ;;
"") vite build --logLevel warn --emptyOutDir ;;
*)
    echo "usage: scripts/web.sh [--check | --link]" >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
# Builds what a release publishes, from the commit at hand, and says where each part would go.
#
#   scripts/release.sh --dry-run            everything, into dist/release; publishes nothing
#   scripts/release.sh PART...              some parts: version wheel npm go chart notes sums
#
# The release workflow calls the same parts; only the workflow publishes.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${RELEASE_OUT:-dist/release}"
out=$(cd "${RELEASE_OUT:-dist/release}" && pwd)
fail() { echo "release: $*" >&2; exit 1; }

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' alarminati/__init__.py)
[ -n "$version" ] || fail "alarminati/__init__.py names no __version__"

# The section of the changelog that is told: that of this version, or before the tag what is unreleased.
section() {
    if grep -q "^## \[$version\]" CHANGELOG.md; then echo "$version"; else echo Unreleased; fi
}

# One version everywhere, and notes for the people who read what changed.
part_version() {
    grep -Fxq "version: $version" charts/alarminati/Chart.yaml || fail "charts/alarminati/Chart.yaml: version is not $version"
    grep -Fxq "appVersion: $version" charts/alarminati/Chart.yaml || fail "charts/alarminati/Chart.yaml: appVersion is not $version"
    grep -Fq "\"version\": \"$version\"" generated/typescript/package.json || fail "generated/typescript/package.json: version is not $version"
    if [ -n "${TAG:-}" ]; then
        [ "$TAG" = "v$version" ] || fail "the tag $TAG is not v$version"
        [ "$(section)" = "$version" ] || fail "CHANGELOG.md has no section [$version]; rename [Unreleased] before the tag"
    fi
    echo "version $version"
}

part_wheel() {
    python -m hatchling build -d "$out" > "$out/build.log" 2>&1 || { cat "$out/build.log" >&2; fail "the wheel cannot be built"; }
    rm "$out/build.log"
    echo "PyPI: alarminati $version (wheel and sdist)"
}

part_npm() {
    cp LICENSE generated/typescript/LICENSE
    (cd generated/typescript && npm pack --silent --pack-destination "$out" >/dev/null)
    rm generated/typescript/LICENSE
    echo "npm: @dongdorrong/alarminati $version"
}

# Go looks for a nested module under a tag of its own folder, so a release has two tags.
part_go() {
    echo "Go: tags v$version and generated/go/v$version on $(git rev-parse --short HEAD)"
}

part_chart() {
    "${HELM:-helm}" package charts/alarminati --destination "$out" >/dev/null
    echo "Helm: chart agent $version for charts/index.yaml, image tag $version"
}

part_notes() {
    awk -v section="## [$(section)]" 'index($0, section) == 1 {on = 1; next} /^## \[/ {on = 0} on' CHANGELOG.md > "$out/notes.md"
    [ -s "$out/notes.md" ] || fail "CHANGELOG.md: section [$(section)] is empty"
    cp alarminati/agent/alarminati.service deploy/compose.yaml "$out/"
    echo "GitHub: release v$version with $(wc -l < "$out/notes.md") lines of notes of [$(section)]"
}

part_sums() {
    (cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS)
    cat "$out/SHA256SUMS"
}

[ $# -gt 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
parts=("$@")
if [ "$1" = --dry-run ]; then
    rm -rf "${out:?}"/*
    parts=(version wheel npm go chart notes sums)
fi
for part in "${parts[@]}"; do
    case $part in version | wheel | npm | go | chart | notes | sums) "part_$part" ;; *) fail "no part $part" ;; esac
done
if [ "$1" = --dry-run ]; then echo "nothing was published"; fi

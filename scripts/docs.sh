#!/bin/sh
# Builds the documentation site into dist/docs; any broken link fails. `--serve` shows it while you write.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
MERMAID=11.12.0
MERMAID_SHA256=93492e4d609be83653a41c435f4cbd7e74419f7fa6b4fc90a8c983195f64af82

# Diagrams are drawn by the reader's browser, with a copy of Mermaid on the site instead of one from elsewhere.
mermaid() {
    archive=.tools/mermaid-$MERMAID.tgz
    if [ ! -e "$archive" ]; then
        command -v npm >/dev/null || return
        mkdir -p .tools
        (cd .tools && npm pack --silent "mermaid@$MERMAID" >/dev/null) || return
    fi
    echo "$MERMAID_SHA256  $archive" | sha256sum --check --quiet || return
    tar --extract --gzip --to-stdout --file "$archive" package/dist/mermaid.min.js > dist/docs/mermaid.min.js
}

if [ "${1:-}" = --serve ]; then exec mkdocs serve; fi
# The theme prints an advertisement for its successor otherwise.
NO_MKDOCS_2_WARNING=1 mkdocs --quiet build --strict
mermaid || echo "NOT HERE: mermaid, which needs npm: diagrams of the site appear as text" >&2
echo "dist/docs: $(find dist/docs -name index.html | wc -l) pages in $(find dist/docs -type f | wc -l) files"

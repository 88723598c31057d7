#!/bin/sh
# Builds a Kubernetes API server and etcd for `make kube`, in .tools/bin: minutes and 2 GB the first
# time, nothing after that. Both by modules of our own, for neither can be had by `go install`: their
# go.mod replaces modules by folders that only a clone has.
set -eu
cd "$(dirname "$0")/.."
KUBE=1.37.2 # as in kube/apiserver/go.mod
tools=$PWD/.tools
PATH="$tools/bin:$PATH"
command -v go >/dev/null || { echo "make kube needs a Go toolchain to build kube-apiserver and etcd" >&2; exit 1; }
mkdir -p "$tools/bin"

# The version is told by flags, as in Kubernetes' own build; an API server without says 0.0.0.
build() {
    version=${4:-}
    folder=$1 package=$2 to=$tools/bin/$3
    if [ ! -x "$to" ] || [ "$folder/go.mod" -nt "$to" ]; then
        echo "building $3"
        (cd "$folder" && go build -trimpath -ldflags "-s -w $version" -o "$to" "$package")
    fi
}

build kube/etcd go.etcd.io/etcd/server/v3 etcd
build kube/apiserver k8s.io/kubernetes/cmd/kube-apiserver kube-apiserver \
    "-X k8s.io/component-base/version.gitVersion=v$KUBE -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37"

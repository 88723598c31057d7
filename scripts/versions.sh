#!/bin/sh
# Says on what the checks and tests run.
PATH="$PATH:/usr/sbin:/sbin"
uname -srm
python --version
for package in grpcio protobuf cryptography zeroconf pytest hypothesis mypy ruff; do
    python -c 'import sys, importlib.metadata as m; print(sys.argv[1], m.version(sys.argv[1]))' "$package"
done
echo "buf $(buf --version 2>&1)"
if command -v grpcurl >/dev/null; then grpcurl --version 2>&1; else echo "grpcurl: not here"; fi
for helm in helm3 helm4; do
    if command -v "$helm" >/dev/null; then echo "$helm $("$helm" version --template '{{.Version}}')"; else echo "$helm: not here"; fi
done
if command -v prometheus-alertmanager >/dev/null; then
    prometheus-alertmanager --version 2>&1 | head -n 1
else
    echo "prometheus-alertmanager: not here"
fi
for program in actionlint ip nft; do
    command -v "$program" >/dev/null || echo "$program: not here"
done

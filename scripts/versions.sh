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
if command -v prometheus-alertmanager >/dev/null; then
    prometheus-alertmanager --version 2>&1 | head -n 1
else
    echo "prometheus-alertmanager: not here"
fi
for program in ip nft; do
    command -v "$program" >/dev/null || echo "$program: not here"
done

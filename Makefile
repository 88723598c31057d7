# Every target installs what it needs into .venv/ and .tools/ and costs nothing when it is there.
# Needed on the machine: Python 3.11 or newer, make, and the package registries.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$python; break; fi; done)
BIN := .venv/bin
export VIRTUAL_ENV := $(CURDIR)/.venv
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$(PATH)

# Further arguments: make demo ARGS=--once, make test ARGS='-k election -x'.
ARGS ?=
# How many processes run tests: many of them wait, so one more than there are processors.
JOBS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# How many seeds `make sim` plays.
SEEDS ?= 20000
# How many inputs `make fuzz` makes.
INPUTS ?= 1000000

.PHONY: help demo ui test check bench sim fuzz faults queues kube docs page stubs chart fmt lock tools versions clean

help:
	@echo "make demo     three agents, an alarm, a failover: everything running in front of you"
	@echo "make ui       the app in your browser, over three demo agents with a day of alarms"
	@echo "make test     all tests"
	@echo "make check    formatting, lint, types, proto rules, generated files"
	@echo "make bench    the figures, as a table and JSON"
	@echo "make sim      a long campaign in the simulator (SEEDS=$(SEEDS))"
	@echo "make fuzz     a million made mistakes for every parser (INPUTS=$(INPUTS), ARGS=--guided)"
	@echo "make queues   message queues on their real servers, Kafka and RabbitMQ with them"
	@echo "make faults   half an hour of random faults to real agents (ARGS='--seconds 60 --seed 7')"
	@echo "make kube     the chart on a real Kubernetes API server, built here (needs Go, takes minutes)"
	@echo "make docs     the documentation site, English and Korean, into dist/docs (ARGS=--serve)"
	@echo "make stubs    generate from proto/          make fmt    format everything"
	@echo "make page     build the page of the app (needs Node)"
	@echo "make chart    write what is made of the chart's values"
	@echo "make lock     lock dependencies             make tools  programs that tests use"

demo: .venv/runtime.stamp
	@alarminati demo $(ARGS)

ui: .venv/dev.stamp
	@alarminati ui --demo $(ARGS)

test: .venv/dev.stamp .tools/stamp
	python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: .venv/dev.stamp .tools/stamp
	ruff format --check .
	ruff check .
	mypy
	buf lint
	buf format --diff --exit-code
	scripts/breaking.sh
	scripts/stubs.sh --check
	python scripts/ui_types.py --check
	python scripts/figures.py --check
	scripts/web.sh --check

bench: .venv/dev.stamp .tools/stamp
	python -m bench $(ARGS)

sim: .venv/dev.stamp
	ALARMINATI_SEEDS=$(SEEDS) python -m pytest -q --timeout=0 --hypothesis-profile=campaign tests/sim $(ARGS)

fuzz: .venv/dev.stamp
	case "$(ARGS)" in *--guided*) scripts/install.sh --require-hashes -r requirements/fuzz.txt;; esac
	python -m tests.fuzz --inputs $(INPUTS) $(ARGS)

queues: .venv/dev.stamp .tools/stamp
	scripts/queue_servers.sh
	QUEUE_SERVERS=all python -m pytest tests/queues $(ARGS)

# Needs root, nft and a C compiler.
faults: .venv/dev.stamp .tools/stamp
	python -m tests.laboratory $(ARGS)

page: .venv/dev.stamp .tools/stamp
	python scripts/ui_types.py
	scripts/web.sh

stubs: .venv/dev.stamp .tools/stamp
	scripts/stubs.sh

kube: .venv/dev.stamp .tools/stamp
	scripts/kube.sh
	python -m pytest kube $(ARGS)

docs: .venv/docs.stamp
	scripts/docs.sh $(ARGS)

chart: .venv/dev.stamp
	python scripts/chart_readme.py

fmt: .venv/dev.stamp
	ruff format .
	ruff check --fix-only .
	buf format --write

lock: $(BIN)/uv
	scripts/lock.sh

tools: $(BIN)/uv
	scripts/tools.sh

versions: .venv/dev.stamp .tools/stamp
	@scripts/versions.sh

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }

$(BIN)/uv: requirements/uv.txt | $(BIN)/python
	@echo "installing into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# `install`, not `sync`: what somebody added to the environment stays.
.venv/runtime.stamp: requirements/runtime.txt pyproject.toml | $(BIN)/uv
	@scripts/install.sh --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@scripts/install.sh --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/runtime.stamp | $(BIN)/uv
	@scripts/install.sh --require-hashes -r requirements/dev.txt
	@touch $@

.venv/docs.stamp: requirements/docs.txt .venv/runtime.stamp | $(BIN)/uv
	@scripts/install.sh --require-hashes -r requirements/docs.txt
	@touch $@

.tools/stamp: scripts/tools.sh requirements/grpcurl.txt generated/typescript/package-lock.json alarminati/ui/web/package-lock.json | $(BIN)/uv
	@scripts/tools.sh

# Everything that a person or a machine runs here; `make` alone lists it.
# Needs only make, bash and Python 3.11 or newer; all else goes into .venv, at the versions of constraints.txt.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

# Debian packages that the tests need and that the benchmarks need, each as command:package.
TEST_PACKAGES := chromium:chromium
BENCH_PACKAGES := redis-server:redis-server chromium:chromium

# The first Python that really runs and is new enough: a pyenv shim may stand there and not run.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

.PHONY: help install scan serve test check docs pictures bench clean pins test-packages bench-packages

help:  ## List the targets
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	echo
	echo "  ARGS goes to the command: make scan ARGS=\"--preset oversold --limit 5\""

install: $(VENV)/.installed  ## Make .venv with technic in it

scan: install  ## Scan the built-in market
	@$(BIN)/technic scan $(ARGS)

serve: install  ## Serve on http://127.0.0.1:8000
	@exec $(BIN)/technic serve $(ARGS)

check: $(VENV)/.installed-for-tests  ## Look at format, style, types and imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check test-packages  ## Check, then run all tests
	$(BIN)/pytest $(ARGS)

docs: $(VENV)/.installed-for-tests  ## Build the pages as a site into build/docs
	@rm -rf build/docs
	$(BIN)/sphinx-build --fail-on-warning --fresh-env --quiet --nitpicky \
		--conf-dir docs/site --doctree-dir build/doctrees docs build/docs
	echo "Open build/docs/index.html"

pictures: $(VENV)/.installed-for-tests test-packages  ## Take the dashboard's pictures in docs/img anew
	$(BIN)/pytest --pictures tests/dashboard -k pictures

bench: $(VENV)/.installed-for-bench bench-packages  ## Measure, and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.all $(ARGS)

clean:  ## Remove what builds and tools left behind (.venv stays)
	rm -rf build dist .make *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find technic tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

pins:  ## Write constraints.txt anew, with the newest versions
	rm -rf .make/pins
	$(PYTHON) -m venv .make/pins
	.make/pins/bin/python -m pip install --quiet --upgrade pip setuptools
	.make/pins/bin/python -m pip install --quiet --editable '.[test,docs,bench]'
	{
		echo "# What technic, its tests and its benchmarks run with; written by 'make pins'."
		.make/pins/bin/python -m pip freeze --all --exclude-editable
	} > .make/constraints.txt
	mv .make/constraints.txt constraints.txt

# --- how .venv comes to be -----------------------------------------------------------------------------

# Install Debian packages where we may; else print the line to run, and fail.
define apt_install
as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo -n"
if ! command -v apt-get >/dev/null || ! $$as_root true 2>/dev/null; then
	echo "technic needs $(1). Run this and then make again:  sudo apt-get install -y $(1)" >&2
	exit 1
fi
echo "Installing $(1) with apt-get ..."
$$as_root apt-get update -qq || echo "apt-get update failed; trying with the package lists that are here" >&2
$$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 $(1) >/dev/null
endef

# A .venv that works is kept. Half a one is removed: Debian's Python without its venv package leaves one.
$(VENV)/.made:
	@if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
		if [ -z "$(PYTHON)" ]; then
			echo "technic needs Python 3.11 or newer: install it, or name one: make PYTHON=/path/to/python3" >&2
			exit 1
		fi
		rm -rf $(VENV)
		if ! $(PYTHON) -m venv $(VENV) >/dev/null 2>&1; then
			rm -rf $(VENV)
			package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
			$(call apt_install,$$package)
			$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
		fi
	fi
	touch $@

# --no-build-isolation: the build uses the pinned setuptools of .venv and fetches nothing else.
$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing technic into $(VENV) ..."
	$(PIP) install --quiet --constraint constraints.txt --upgrade pip setuptools
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-for-tests: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) ..."
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test,docs]'
	touch $@

# Beside the tests' extra, not instead of it: the benchmarks compare with TA-Lib and count with psutil.
$(VENV)/.installed-for-bench: $(VENV)/.installed-for-tests
	@echo "Installing what the benchmarks need into $(VENV) ..."
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test,docs,bench]'
	touch $@

# Install those of the given command:package pairs whose command is missing.
define packages
missing=()
for pair in $(1); do
	command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}")
done
if [ "$${#missing[@]}" -gt 0 ]; then
	$(call apt_install,$${missing[*]})
fi
endef

test-packages:
	@$(call packages,$(TEST_PACKAGES))

bench-packages:
	@$(call packages,$(BENCH_PACKAGES))

# Needs Python 3.10 or newer and make; everything else is installed into environments in this folder.
VENV ?= .venv
ifeq ($(OS),Windows_NT)
SCRIPTS = Scripts
PYTHON ?= python
else
SCRIPTS = bin
PYTHON ?= python3
endif
BIN = $(VENV)/$(SCRIPTS)
DEMO = ecephys_676909_2023-12-13_13-43-40

.PHONY: demo test check oldest npc sdks docs build benchmark clean

demo: $(VENV)/installed
	$(BIN)/aind-session show $(DEMO) --demo

test: $(VENV)/dev
	$(BIN)/python -m pytest

check: $(VENV)/dev
	$(BIN)/python -m mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

# the oldest dependencies that are declared, on the oldest Python that is there
oldest: .venv-oldest/dev
	.venv-oldest/$(SCRIPTS)/python -m pytest

OLDEST_PYTHON ?= $(shell python3.10 -c 'import sys; print(sys.executable)' 2>/dev/null || echo $(PYTHON))

.venv-oldest/dev: pyproject.toml
	$(OLDEST_PYTHON) -m venv .venv-oldest
	.venv-oldest/$(SCRIPTS)/python -m pip install -q -U pip uv
	.venv-oldest/$(SCRIPTS)/uv pip compile -q --resolution lowest-direct --python .venv-oldest/$(SCRIPTS)/python pyproject.toml -o .venv-oldest/constraints.txt
	.venv-oldest/$(SCRIPTS)/uv pip install -q --python .venv-oldest/$(SCRIPTS)/python -c .venv-oldest/constraints.txt -e . --group test
	touch $@

# with the extras that pin others: npc-io and npc_lims (boto3 of August 2023), ibl (SDK 0.13), docdb
npc: .venv-npc/dev
	.venv-npc/$(SCRIPTS)/python -c "import boto3, npc_io; assert boto3.__version__ == '1.28.17', boto3.__version__"
	.venv-npc/$(SCRIPTS)/python -m pytest

.venv-npc/dev: pyproject.toml
	$(PYTHON) -m venv .venv-npc
	.venv-npc/$(SCRIPTS)/python -m pip install -q -U pip uv
	.venv-npc/$(SCRIPTS)/uv pip install -q --python .venv-npc/$(SCRIPTS)/python -e .[npc,ibl,docdb] npc_lims --group test
	touch $@

# each release of the Code Ocean SDK that changed what it sends or where its classes are
sdks: .venv-sdk-0.12.0/dev .venv-sdk-0.14.0/dev .venv-sdk-0.15.0/dev
	for sdk in 0.12.0 0.14.0 0.15.0; do \
	  .venv-sdk-$$sdk/$(SCRIPTS)/python -m pytest -q tests/sources tests/test_session.py || exit 1; \
	done

.venv-sdk-%/dev: pyproject.toml $(VENV)/dev
	$(BIN)/uv venv -q --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install -q --python $(@D) -e . codeocean==$* --group test
	touch $@

# the pages of docs/ and the reference, into site/
docs: $(VENV)/dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict

build: $(VENV)/dev
	rm -rf dist .venv-wheel
	$(BIN)/python -m build -q
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/$(SCRIPTS)/pip install -q dist/*.whl
	cd dist && ../.venv-wheel/$(SCRIPTS)/aind-session show $(DEMO) --demo

# against upstream, in one run; see benchmarks/compare.py
benchmark: $(VENV)/dev
	$(BIN)/python -m benchmarks.compare

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e .
	touch $@

$(VENV)/dev: $(VENV)/installed
	$(BIN)/python -m pip install -q -U pip uv
	$(BIN)/uv pip install -q --python $(BIN)/python -e . --group dev
	touch $@

clean:
	rm -rf .venv .venv-* dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Requires Python 3.10 or newer and make; everything else is installed into environments in this folder.
VENV ?= .venv
ifeq ($(OS),Windows_NT)
# the recipes need the shell that comes with Git
SHELL = sh
SCRIPTS = Scripts
PYTHON ?= python
else
SCRIPTS = bin
PYTHON ?= python3
# pyenv does not put inactive Pythons on the PATH
PYENV_ROOT ?= $(HOME)/.pyenv
space := $() $()
export PATH := $(PATH)$(subst $(space),,$(addprefix :,$(wildcard $(PYENV_ROOT)/versions/3.1[0-9]*/bin)))
endif
BIN = $(VENV)/$(SCRIPTS)
UV = $(BIN)/uv
DEMO = ecephys_676909_2023-12-13_13-43-40
# options for pytest, to select tests
PYTEST ?=
# each test file runs in one process, since its tests may depend on time. Three processes keep two
# cores busy while some tests wait for servers
PARALLEL = -n 3 --dist loadfile
# $(call pytest,PYTHON,OPTIONS) runs tests. With AGAIN=yes, as in CI, those that fail run once more, one
# after the other: where the machine stands still for seconds, tests of processes and of time limits can
# fail. Both runs are printed, and a test that passes only the second time is a fault to mend
AGAIN ?=
pytest = $(1) -m pytest $(2)$(if $(AGAIN), || \
  $(1) -m pytest $(2) -n 0 --last-failed --last-failed-no-failures none)

.PHONY: demo test slow quick check audit pip-audit resolve oldest pythons npc sdks schema mutants questions docs browser build benchmark clean

demo: $(VENV)/installed
	$(BIN)/aind-session show $(DEMO) --demo

# the slowest tests, which `make slow` runs
SLOW = tests/behaviour/test_matrix.py tests/behaviour/test_dask.py tests/behaviour/test_odd_worlds.py \
  tests/behaviour/test_processes.py tests/cli/agents/test_server.py tests/many/test_sessions.py \
  tests/runs/test_interrupted.py tests/runs/test_kill.py tests/runtime/test_patience.py

# with the newest dependencies
test: $(VENV)/dev
	$(call pytest,$(BIN)/python,$(PARALLEL) $(SLOW:%=--ignore=%) $(PYTEST))

slow: $(VENV)/dev
	$(call pytest,$(BIN)/python,$(PARALLEL) $(SLOW))

# prints the options that exclude the slowest tests, for other jobs
quick:
	@echo "$(SLOW:%=--ignore=%)"

check: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/lint-imports --no-cache checks/imports.toml
	$(BIN)/python checks/words.py
	$(BIN)/zizmor -q --offline --persona auditor .github
	$(BIN)/python -m mypy

# checks the newest dependencies against the list of safe ones, offline
audit: $(VENV)/dev
	$(BIN)/python checks/safe_versions.py

# checks them against the databases of known vulnerabilities, which needs a network
pip-audit: $(VENV)/dev
	$(UV) pip freeze -q --python $(BIN)/python --exclude-editable > $(VENV)/newest.txt
	$(UV) tool run -q --from 'pip-audit>=2.9' pip-audit --strict --no-deps --disable-pip -r $(VENV)/newest.txt

# shows what pip and uv choose together with packages that use this one; installs nothing
resolve: $(VENV)/dev
	$(BIN)/python checks/resolve.py

# with the oldest declared dependencies, on the oldest Python, or the nearest installed one
oldest: .venv-oldest/dev
	.venv-oldest/$(SCRIPTS)/python checks/oldest.py
	$(call pytest,.venv-oldest/$(SCRIPTS)/python,$(PARALLEL) $(PYTEST))

OLDEST_EXTRAS = --extra pandas --extra polars --extra arrow --extra table --extra docdb --extra testing

.venv-oldest/dev: $(VENV)/uv pyproject.toml checks/oldest.txt
	$(UV) venv -q --clear --no-python-downloads --python 3.10 $(@D) || $(UV) venv -q --clear --python $(BIN)/python $(@D)
	$(UV) pip compile -q --resolution lowest-direct --python $(@D) -c checks/oldest.txt \
	  pyproject.toml $(OLDEST_EXTRAS) --group test -o $(@D)/oldest.txt > $(@D)/compiled
	$(UV) pip install -q --python $(@D) -r $(@D)/oldest.txt -e .
	touch $@

# with the newest dependencies, on each installed Python
PYTHONS ?= 3.10 3.11 3.12 3.13

pythons: $(VENV)/uv
	for version in $(PYTHONS); do \
	  if ! $(UV) python find -q --no-python-downloads $$version > $(VENV)/found 2>&1; then \
	    echo "Python $$version is not on this machine: skipped"; continue; \
	  fi; \
	  $(MAKE) .venv-python-$$version/dev && \
	  { $(call pytest,.venv-python-$$version/$(SCRIPTS)/python,-q $(PARALLEL) $(PYTEST)); } || exit 1; \
	done

.venv-python-%/dev: $(VENV)/uv pyproject.toml
	$(UV) venv -q --clear --no-python-downloads --python $* $(@D)
	$(UV) pip install -q --python $(@D) -e . --group test
	touch $@

# with the extras that pin other packages: npc-io and npc_lims (boto3 of August 2023), ibl (SDK 0.13), docdb
npc: .venv-npc/dev
	.venv-npc/$(SCRIPTS)/python -c "import boto3, npc_io; assert boto3.__version__ == '1.28.17', boto3.__version__"
	.venv-npc/$(SCRIPTS)/python -c "import npc_lims"
	.venv-npc/$(SCRIPTS)/python checks/oldest.py npc-io aind-codeocean-pipeline-monitor
	$(call pytest,.venv-npc/$(SCRIPTS)/python,$(PARALLEL) $(PYTEST))

.venv-npc/dev: $(VENV)/uv pyproject.toml
	$(UV) venv -q --clear --python $(BIN)/python $(@D)
	$(UV) pip install -q --python $(@D) -e .[npc,ibl,docdb] npc_lims aind-codeocean-pipeline-monitor==0.11.0 --group test
	touch $@

# with each release of the Code Ocean SDK that changed its requests or the modules of its classes, and
# the newest; releases above the cap in pyproject.toml are installed despite it
SDKS = 0.12.0 0.14.0 0.15.0 newest
SDK_TESTS = tests/sources tests/behaviour/test_failures.py tests/runs/test_plan.py tests/catalog/test_outputs.py \
  tests/catalog/test_asset_search.py tests/behaviour/test_platform.py

sdks: $(SDKS:%=.venv-sdk-%/dev)
	for sdk in $(SDKS); do \
	  .venv-sdk-$$sdk/$(SCRIPTS)/python -c "from importlib.metadata import version; print('codeocean', version('codeocean'))"; \
	  { $(call pytest,.venv-sdk-$$sdk/$(SCRIPTS)/python,-q $(PARALLEL) $(SDK_TESTS)); } || exit 1; \
	done

.venv-sdk-%/dev: $(VENV)/uv pyproject.toml
	$(UV) venv -q --clear --python $(BIN)/python $(@D)
	$(UV) pip install -q --python $(@D) -e . --group test
	$(UV) pip install -q -U --no-deps --python $(@D) 'codeocean$(if $(filter newest,$*),,==$*)'
	touch $@

# compares the readers with the models of each minor release of the metadata schema; `make -j2 schema`
SCHEMAS = 2.0 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9
RECORDS ?= 1000

schema: $(SCHEMAS:%=schema-%) schema-newest

schema-%: .venv-schema-%/dev
	.venv-schema-$*/$(SCRIPTS)/python -m checks.schema --records $(RECORDS) \
	  $(if $(filter newest,$*),--unless $(lastword $(SCHEMAS)))

.PRECIOUS: .venv-schema-%/dev

# releases 2.0 to 2.2 do not cap aind-data-schema-models, but cannot be imported with the newest
.venv-schema-%/dev: $(VENV)/uv
	$(UV) venv -q --clear --python $(BIN)/python $(@D)
	$(UV) pip install -q --python $(@D) -e . --no-deps
	$(UV) pip install -q --python $(@D) lazy-loader polyfactory \
	  'aind-data-schema$(if $(filter newest,$*),,==$*.*)' \
	  $(if $(filter 2.0 2.1 2.2,$*),'aind-data-schema-models<5')
	touch $@

# changes functions in small ways and lists the changes that no test notices, for a random SAMPLE of each
# wing. Use PROCESSES=1 on a shared machine. Needs fork, so not on Windows
MUTANTS ?= conventions catalog many runs runtime/cache.py runtime/kept.py
SAMPLE ?= 200
SEED ?= 1
PROCESSES ?= 2

mutants: $(VENV)/dev
	$(BIN)/python -m checks.mutants $(MUTANTS) --sample $(SAMPLE) --seed $(SEED) --processes $(PROCESSES)

# asks 100 questions about an invented world, as an agent would; prints the tokens of the answers
questions: $(VENV)/dev
	$(BIN)/python -m pytest -q -s tests/cli/agents/test_questions.py

# builds the pages of docs/ and the reference into site/; the page that runs Python in the browser needs npm
PYODIDE = 314.0.7
export PYODIDE_ARCHIVE = $(VENV)/pyodide-$(PYODIDE).tgz

docs: $(VENV)/dev $(PYODIDE_ARCHIVE)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict

$(PYODIDE_ARCHIVE): | $(VENV)/uv
	npm pack --silent --pack-destination $(VENV) pyodide@$(PYODIDE) > $(VENV)/packed || \
	  echo "npm cannot fetch Pyodide here: the page Try it will not run"

# opens notebooks of everything that is shown, and every page of the site, in a real browser; checks for
# errors, overflow and broken links, and tries the search, copied examples and the page Try it; saves
# pictures in site/browser. PAGES=quick checks a card, a timeline, a tree and the start page within a
# minute, and is skipped without a browser; other PAGES are further files to check
PAGES ?=
CHROMIUM = command -v chromium || command -v chromium-browser || command -v google-chrome

browser: docs
	{ $(CHROMIUM); } > $(VENV)/found || apt-get install -y -qq chromium > $(VENV)/apt 2>&1 || \
	  { apt-get update -qq && apt-get install -y -qq chromium; } > $(VENV)/apt 2>&1 || \
	  echo "apt cannot install chromium here"
	$(UV) pip install -q --python $(BIN)/python --group browser
	$(BIN)/python checks/browser.py site/browser $(PAGES)
	$(if $(filter quick,$(PAGES)),,$(BIN)/python checks/site.py site site/browser)

# builds and compares sdist and wheel offline; tests the wheel without access to `src`
build: $(VENV)/dev
	rm -rf dist .venv-wheel
	PYTHONPATH=$(CURDIR)/checks/offline $(BIN)/python -m build -q --no-isolation
	PYTHONPATH=$(CURDIR)/checks/offline $(BIN)/python -m build -q --no-isolation --wheel -o dist/direct
	$(BIN)/python checks/wheel.py
	rm -r dist/direct
	$(BIN)/twine check --strict dist/*
	$(UV) venv -q --python $(BIN)/python .venv-wheel
	$(UV) pip install -q --python .venv-wheel dist/*.whl --group test
	away=$$(mktemp -d) && trap 'rm -rf "$$away"' EXIT && \
	  cp -R tests docs benchmarks conftest.py .env.example README.md pyproject.toml checks/test_installed.py "$$away" && ( \
	    cd "$$away" && \
	    $(CURDIR)/.venv-wheel/$(SCRIPTS)/aind-session show $(DEMO) --demo && \
	    { $(call pytest,$(CURDIR)/.venv-wheel/$(SCRIPTS)/python,-q $(PARALLEL) $(PYTEST) test_installed.py tests docs README.md --pyargs aind_session); } \
	  )

# compares with upstream in one run; see benchmarks/compare.py
benchmark: $(VENV)/dev
	$(BIN)/python -m benchmarks.compare

$(VENV)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -U pip setuptools uv
	touch $@

# installed with pip, as users do
$(VENV)/installed: $(VENV)/uv pyproject.toml
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/dev: $(VENV)/installed
	$(UV) pip install -q -U --python $(BIN)/python -e . --group dev
	touch $@

clean:
	rm -rf .venv .venv-* dist mutants site .mypy_cache .pytest_cache .ruff_cache .hypothesis

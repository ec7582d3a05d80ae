# `make demo` and `make test` set up all they need: a virtual environment in .venv and the packages in it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint types wheel check clean

demo: $(VENV)/.installed         ## train on generated data, check every gradient, write runs/demo/report.html
	$(BIN)/gradwright demo --resume

test: $(VENV)/.installed-dev     ## the whole test suite, with coverage
	$(BIN)/pytest -n 2 --cov --cov-report=term

lint: $(VENV)/.installed-dev     ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev    ## static types
	$(BIN)/mypy

wheel: $(VENV)/.installed-dev    ## build the wheel and train from it in a fresh environment
	bash .ci/wheel

clean:                           ## remove the environment and everything that was built
	rm -rf $(VENV) build dist .coverage* .mypy_cache .pytest_cache .ruff_cache

SOURCES := pyproject.toml CMakeLists.txt $(wildcard csrc/*)

$(VENV)/.installed: $(SOURCES)
	$(call install,all)
	touch $@

$(VENV)/.installed-dev: $(SOURCES)
	$(call install,dev)
	touch $(VENV)/.installed $@

# install,EXTRA: a virtual environment with the package as it stands here, the compiled engine included
define install
@$(PYTHON) -c 'import sys; sys.exit("gradwright needs Python 3.11 or newer, found " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
$(PYTHON) -m venv $(VENV)
$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(1)]'
endef

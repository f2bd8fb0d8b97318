# `make run` and `make test` need python3.11, pip and make; everything else they set up themselves.
PYTHON ?= python3.11
INSTALL = $(PYTHON) -m pip --python .venv/bin/python install --quiet --disable-pip-version-check --require-hashes

.PHONY: run test soak lock

run: .venv/run
	@exec bin/run

test: .venv/test
	@exec bin/test

# What must survive anything, at length: minutes, with servers of its own to kill. SEED=5 begins chance anew.
soak: .venv/test
	@exec bin/soak

# Stamps: installed again only when a lock has changed.
.venv/run: requirements.lock
	@test -x .venv/bin/python || $(PYTHON) -m venv --without-pip .venv
	@echo "Installing the packages of $<"
	@$(INSTALL) -r $<
	@touch $@

.venv/test: requirements-dev.lock .venv/run
	@echo "Installing the packages of $<"
	@$(INSTALL) -r $<
	@touch $@

# Needs uv (`pip install uv`). No index address gets into the files.
lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" requirements.in -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" --constraint requirements.lock requirements-dev.in -o requirements-dev.lock

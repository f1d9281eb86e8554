# make run    everything, at http://localhost:8000 (PORT=8001 make run for another port)
# make test   the whole test suite
# make check  what .ci/run checks before it tests
# make bench  bookings and searches per second, as JSON lines
# make bench-matching  the matching engine at three sizes
# make messages   gather what is to be translated
# make lock   write the hash-locked requirements anew

SHELL := /bin/sh
PORT ?= 8000
export PORT

# The first Python 3.11 or 3.12 that answers; PYTHON=... chooses.
PYTHON ?= $(shell for python in python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && { echo $$python; break; }; done)
IN := .venv/bin/python

# Tests and checks run side by side on this many processes.
PROCESSES ?= 2
TESTS ?=

.PHONY: run test race check bench bench-matching messages lock environment install-local install-development

run: install-local
	@exec $(IN) -m config.runner

test: install-development
	$(IN) -m pytest -n $(PROCESSES) --dist loadgroup $(TESTS)

# The randomised race over places for ten minutes, then each removed lock until it is found, twenty times; with figures.
race: install-development
	RACE_SECONDS=600 RACE_TRIES=20 $(IN) -m pytest -n0 -s tests/visits/test_paths_race.py

# What needs settings but no servers, and what production would be started with.
NO_SERVERS := DATABASE_URL=postgresql://nobody@/nowhere REDIS_URL=redis://nowhere
LIKE_PRODUCTION := $(NO_SERVERS) APP_ENV=production SECRET_KEY=0123456789-only-to-check-the-settings-abcdefghijklmnopqrstuvwxyz \
	ALLOWED_HOSTS=check.example SITE_URL=https://check.example DEFAULT_FROM_EMAIL=check@check.example CONTACT_EMAIL=check@check.example EMAIL_URL=smtp://check.example

check: install-development
	$(IN) -m ruff check .
	$(IN) -m ruff format --check .
	$(NO_SERVERS) $(IN) -m mypy .
	.venv/bin/lint-imports
	git ls-files -z 'templates/*.html' | xargs -0 -r .venv/bin/djade --check
	$(IN) -m config.translations --check
	$(IN) manage.py vendor_assets --check
	$(IN) manage.py makemigrations --check --dry-run
	$(LIKE_PRODUCTION) $(IN) manage.py check --deploy --fail-level WARNING

bench: install-development
	$(IN) -m bench.booking
	$(IN) -m bench.search_page regions
	$(IN) -m bench.search_page country
	$(IN) -m bench.search_load
	$(IN) -m bench.pages
	$(IN) -m bench.reminders
	$(IN) bench/import_register.py

bench-matching: install-development
	$(IN) -m bench.matching

messages: install-development
	$(IN) manage.py makemessages -l sv -l nb -l nn --no-wrap --no-location --extension=py,html,txt \
		--ignore=tests --ignore=.venv --ignore=var --ignore=requirements

# UPGRADE=--upgrade takes newer versions; otherwise what is locked stays. No index is named in the result.
lock:
	$(PYTHON) -m venv --clear var/lock
	var/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	for name in production local development; do \
		var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
			--output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done
	rm -r var/lock

install-local: environment
	@$(call install,local)

install-development: environment
	@$(call install,development)

# The lock last installed is kept beside the environment: nothing to do while it is the same.
define install
cmp -s requirements/$(1).txt .venv/$(1).txt || { echo "Installing requirements/$(1).txt …" && \
	$(IN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt && \
	cp requirements/$(1).txt .venv/$(1).txt; }
endef

environment:
	@test -x .venv/bin/pip || { \
	test -n "$(PYTHON)" || { echo "Industriporten needs Python 3.11 or 3.12. Install one of them, or say PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	echo "Making .venv with $(PYTHON) …"; \
	$(PYTHON) -m venv .venv || { echo "Python could not make .venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }

# Every target is a thin line over manage.py or the tool it names.
# Of the same version the distribution's build, if it can make environments: compiled with profiles, it is a fifth faster than pyenv's.
PYTHON ?= $(shell python3 -c 'import sys; print("/usr/bin/python3.%d" % sys.version_info[1])' | \
	{ read -r built && "$$built" -c 'import ensurepip, venv' 2>/dev/null && echo "$$built" || echo python3; })
PY := .venv/bin/python
export PORT ?= 8000

.PHONY: run test test-devices test-faults test-deploy try-install release-fixture check bench drill handbook-pictures lighthouse sbom clean requirements messages

run: .venv/.run
	@$(PY) manage.py serve

test: .venv/.dev .venv/.node
	@$(PY) -m pytest -n auto --dist worksteal --durations=10 $(ARGS)

# What depends on the device, in a real browser, and every state of each page: `make test` opens each page once.
test-devices: .venv/.dev .venv/.node
	@EVERY_STATE=1 $(PY) -m pytest tests/browser/devices tests/browser/test_pages.py -n auto --dist worksteal --durations=10 $(ARGS)

# Servers and workers as processes, killed, frozen and filled for real, one test after the other.
test-faults: .venv/.dev
	@$(PY) -m pytest tests/faults --durations=10 $(ARGS)

# Installs on a Debian made from nothing, with its own systemd (root, mmdebstrap, systemd-container; SUITE=bookworm too), and
# upgrades: minutes, one test after the other. Where no such machine can be made its tests are skipped, unless REQUIRE_MACHINE=1.
test-deploy: .venv/.dev .venv/.node
	@$(PY) -m pytest tests/deploy -rs --durations=10 $(ARGS)

# From an empty Debian to a served portal, its loss, and back from its backup, with the time of each step.
try-install: .venv/.dev
	@$(PY) -m tests.deploy.trying $(if $(SUITE),--suite $(SUITE)) $(ARGS)

# The database of this release, from which later ones are upgraded in tests: once, at the commit that gets the tag.
release-fixture: .venv/.dev
	@$(PY) -m tests.releases

check: .venv/.dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) manage.py check_translations
	@$(PY) -m bandit -q -c pyproject.toml -r foundation consultation members demands nanhu_portal tools manage.py 2> /dev/null
	@$(PY) -m pytest -q -p no:cacheprovider tests/test_layers.py tests/test_house.py tests/test_docs.py

bench: .venv/.dev
	@$(PY) manage.py bench $(if $(ROWS),--rows $(ROWS)) $(if $(SECONDS),--seconds $(SECONDS))

# A restore drill: how long it takes to get a portal of 100,000 demands back.
drill: .venv/.dev
	@$(PY) manage.py drill $(if $(ROWS),--rows $(ROWS)) $(if $(FILES),--files $(FILES))

lighthouse: .venv/.dev
	@$(PY) -m tests.lighthouse

# Takes the pictures of docs/zh from the demo content: after a change of pages that they show. ARGS=desk takes one alone, ARGS="--again desk" without loading the content anew.
handbook-pictures: .venv/.dev
	@$(PY) -m tests.handbook $(ARGS)

clean:
	rm -rf .venv .venv-* var tests/node/node_modules

# Writes the pinned files anew from pyproject.toml.
requirements: .venv/.dev
	@$(PY) -m pip install --quiet uv
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev -o requirements-dev.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra sms -o requirements-sms.txt

# The bill of materials of what a server runs (CycloneDX, var/sbom.json), and the licences in docs/licences.md.
sbom: .venv/.dev
	@$(PY) -m venv --clear .venv-sbom
	@.venv-sbom/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PY) -m cyclonedx_py environment .venv-sbom/bin/python --pyproject pyproject.toml --of JSON -o var/sbom.json
	@sed -i '/^<!-- packages/,$$d' docs/licences.md
	@echo '<!-- packages: made by `make sbom` -->' >> docs/licences.md
	@$(PY) -m piplicenses --python=.venv-sbom/bin/python --format=markdown --with-urls --order=name >> docs/licences.md
	@rm -r .venv-sbom

# Collects new strings into locale/en and compiles them (needs gettext's xgettext and msgfmt).
messages: .venv/.dev
	@$(PY) manage.py makemessages --locale en --no-location --no-wrap --ignore ".venv*" --ignore var --ignore tests
	@$(PY) manage.py compilemessages --locale en --ignore ".venv*"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=")'
	@echo "→ making .venv"
	@$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python requirements.txt
	@echo "→ installing the pinned requirements"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/bin/python requirements-dev.txt
	@echo "→ installing the pinned requirements for development"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.run

# Without Node all tests run but those of HTML and of older browsers, which say so.
.venv/.node: .venv/bin/python tests/node/package-lock.json
	@echo "→ installing what tests need of Node"
	@npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund --silent && touch $@ || echo "  it is not there: no npm, or no network"

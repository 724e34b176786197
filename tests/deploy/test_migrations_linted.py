"""django-migration-linter's opinion of our migrations, beside `test_migrations_online.py`.

It knows what is missing there: functions that cannot be undone or import live models, and unique constraints. Ours
knows which tables are small, rewrites of tables, defaults that stay, and constraints that are not validated at once.
"""

import pytest
from django_migration_linter import MigrationLinter

from nanhu_portal.embedded import ROOT
from tests.nanhu_portal.test_migrations_online import APPS

# No transaction around it, in which an index would not be made CONCURRENTLY.
pytestmark = [pytest.mark.deploy, pytest.mark.django_db(transaction=True)]


def test_the_linter_has_nothing_against_our_migrations():
    linter = MigrationLinter(
        str(ROOT),
        include_apps=APPS,
        # The first two make the tables. Standard replies are a few dozen rows, and their titles become unique by
        # subdistrict, which is less than they were.
        ignore_name=("0001_initial", "0002_outside_the_models", "0005_standard_replies_of_subdistricts"),
        analyser_string="postgresql",
        # Of indexes it warns even where their table is new; ours tells these apart.
        warnings_as_errors_tests=("RUNPYTHON_REVERSIBLE", "RUNPYTHON_MODEL_IMPORT", "RUNPYTHON_ARGS_NAMING_CONVENTION"),
        no_cache=True,
    )
    linter.lint_all_migrations()
    assert linter.nb_valid + linter.nb_warnings > 10
    assert linter.nb_erroneous == 0

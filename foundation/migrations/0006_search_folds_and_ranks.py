"""Text search that ranks, and takes traditional characters for simplified ones."""

from importlib import import_module
from pathlib import Path

from django.db import migrations

# Data, not code: the file is never edited (it says so itself).
LINES = (Path(__file__).parents[1] / "traditional.txt").read_text().splitlines()
PAIRS = [pair for line in LINES if not line.startswith("#") for pair in line.split()]
TRADITIONAL, SIMPLIFIED = ("".join(column) for column in zip(*PAIRS, strict=True))
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"

SEARCH = rf"""
-- Bodies are RETURN and not quoted text: what they call is bound when they are made, so that they work whatever the
-- search path, which is empty while an index is built or a dump is restored.

-- Every way of writing a character comes to one: full-width, capital (latin only, whatever the database's locale) and
-- traditional. Most texts have no traditional character; `translate`, which compares each character with all of the
-- table, is spared those. The same as `foundation.words.fold`.
CREATE FUNCTION search_fold(source text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
    SELECT CASE
        WHEN plain ~ '[{TRADITIONAL}]' COLLATE "C" THEN translate(plain, '{TRADITIONAL}', '{SIMPLIFIED}')
        ELSE plain
    END
    FROM (SELECT lower(normalize(source, NFKC) COLLATE "C") AS plain) AS folded
);

-- Chinese has no spaces, so runs of Han characters become overlapping pairs; the last character of a run stands alone,
-- so that one-character queries find it by prefix. Latin letters and digits stay words; 40 letters of one are enough,
-- and an index entry may not hold thousands.
CREATE FUNCTION search_cut(source text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
    SELECT coalesce(string_agg(token || ':' || least(place, 16383), ' '), '')::tsvector
    FROM (
        SELECT row_number() OVER () AS place, token
        FROM regexp_matches(search_fold(source), '[{HAN}]+|[a-z0-9]+', 'g') AS run,
             LATERAL (
                 SELECT left(run[1], 40) AS token WHERE run[1] ~ '^[a-z0-9]'
                 UNION ALL
                 SELECT substr(run[1], start, 2)
                 FROM generate_series(1, length(run[1])) AS start WHERE run[1] !~ '^[a-z0-9]'
             ) AS tokens
    ) AS placed
);

-- With where each stands, the title's as the weightier ones, so that `ts_rank` can tell what fits best.
CREATE OR REPLACE FUNCTION search_tokens(title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN setweight(search_cut(title), 'A') || search_cut(body);

-- All pairs of the query, and words as prefixes; an empty query finds nothing.
CREATE OR REPLACE FUNCTION search_query(source text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
    SELECT coalesce(string_agg(DISTINCT quote_literal(token) || suffix, ' & '), '')::tsquery
    FROM regexp_matches(search_fold(source), '[{HAN}]+|[a-z0-9]+', 'g') AS run,
         LATERAL (
             SELECT left(run[1], 40) AS token, ':*' AS suffix WHERE run[1] ~ '^[a-z0-9]|^.$'
             UNION ALL
             SELECT substr(run[1], start, 2), ''
             FROM generate_series(1, length(run[1]) - 1) AS start WHERE run[1] !~ '^[a-z0-9]'
         ) AS tokens
);
"""
BEFORE = import_module("foundation.migrations.0002_search_and_append_only").SEARCH
BACK = BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BACK += "DROP FUNCTION search_cut(text); DROP FUNCTION search_fold(text);"


class Migration(migrations.Migration):
    dependencies = [("foundation", "0005_desk_acts")]

    operations = [migrations.RunSQL(SEARCH, BACK)]

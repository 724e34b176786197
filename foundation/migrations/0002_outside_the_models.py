"""What models cannot express: SQL functions for text search, append-only tables, and the first consent texts."""

import json
from pathlib import Path

from django.db import migrations

APP = Path(__file__).parents[1]
APPEND_ONLY = ("foundation_auditentry", "foundation_consenttext")
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"


def search_functions(traditional: str, simplified: str) -> str:
    """Return the SQL that creates them; the two texts have the same length, character by character."""
    return rf"""
-- Bodies are RETURN and not quoted text: what they call is bound when they are made, so that they work whatever the
-- search path, which is empty while an index is built or a dump is restored.

-- Every way of writing a character comes to one: full-width, capital (latin only, whatever the database's locale) and
-- traditional. Most texts have no traditional character; `translate`, which compares each character with all of the
-- table, is spared those. The same as `foundation.words.fold`.
CREATE FUNCTION search_fold(source text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
    SELECT CASE
        WHEN plain ~ '[{traditional}]' COLLATE "C" THEN translate(plain, '{traditional}', '{simplified}')
        ELSE plain
    END
    FROM (SELECT lower(normalize(source, NFKC) COLLATE "C") AS plain) AS folded
);

-- Chinese has no spaces, so runs of Han characters become overlapping pairs; the last character of a run stands alone,
-- so that one-character queries find it by prefix. Not with `substr`, which counts from the first character each time:
-- a run of 20,000 characters took seconds. Latin letters and digits stay words; 40 letters of one are enough, and an
-- index entry may not hold thousands.
CREATE FUNCTION search_cut(source text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (
    SELECT coalesce(string_agg(token || ':' || least(place, 16383), ' '), '')::tsvector
    FROM (
        SELECT row_number() OVER () AS place, token
        FROM regexp_matches(search_fold(source), '[{HAN}]+|[a-z0-9]+', 'g') AS run,
             LATERAL (
                 SELECT left(run[1], 40) AS token WHERE run[1] ~ '^[a-z0-9]'
                 UNION ALL
                 SELECT letter || coalesce(lead(letter) OVER (), '')
                 FROM string_to_table(run[1], NULL) AS letter WHERE run[1] !~ '^[a-z0-9]'
             ) AS tokens
    ) AS placed
);

-- With positions, and a higher weight for the title, so that `ts_rank` can order by relevance.
CREATE FUNCTION search_tokens(title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN setweight(search_cut(title), 'A') || search_cut(body);

-- All pairs of the query, and words as prefixes; an empty query finds nothing.
CREATE FUNCTION search_query(source text) RETURNS tsquery
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


def create_search_functions(apps, schema_editor) -> None:
    lines = (APP / "traditional.txt").read_text("utf-8").splitlines()
    pairs = [pair for line in lines if not line.startswith("#") for pair in line.split()]
    traditional, simplified = ("".join(column) for column in zip(*pairs, strict=True))
    schema_editor.execute(search_functions(traditional, simplified), params=None)


def drop_search_functions(apps, schema_editor) -> None:
    schema_editor.execute(
        """
        DROP FUNCTION search_query(text);
        DROP FUNCTION search_tokens(text, text);
        DROP FUNCTION search_cut(text);
        DROP FUNCTION search_fold(text);
        """,
        params=None,
    )


def create_first_consent_texts(apps, schema_editor) -> None:
    texts = apps.get_model("foundation", "ConsentText").objects.using(schema_editor.connection.alias)
    for row in json.loads((APP / "first_consents.json").read_text("utf-8")):
        # After this migration was reversed, `post_migrate` has created them again.
        texts.get_or_create(purpose=row["purpose"], version=row["version"], defaults=row)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunPython(create_search_functions, drop_search_functions),
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
            END
            $$;
            """,
            "DROP FUNCTION refuse_change();",
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change();
                """,
                f"DROP TRIGGER append_only ON {table};",
            )
            for table in APPEND_ONLY
        ),
        migrations.RunPython(create_first_consent_texts, migrations.RunPython.noop),
    ]

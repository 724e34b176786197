"""SQL functions: text search in Chinese, and tables that nobody changes."""

from django.db import migrations

SEARCH = r"""
-- Chinese has no spaces, so runs of Han characters become overlapping pairs; the last character of a run stands alone,
-- so that one-character queries find it by prefix. Latin letters and digits stay words.
CREATE FUNCTION search_tokens(title text, body text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_to_tsvector(coalesce(array_agg(DISTINCT token), '{}'))
    FROM (
        SELECT substr(run[1], place, 2) AS token
        FROM regexp_matches(lower(normalize(title || ' ' || body, NFKC)), '[\u3400-\u4dbf\u4e00-\u9fff]+', 'g') AS run,
             generate_series(1, length(run[1])) AS place
        UNION ALL
        SELECT word[1] FROM regexp_matches(lower(normalize(title || ' ' || body, NFKC)), '[a-z0-9]+', 'g') AS word
    ) AS tokens
$$;

-- All pairs of the query, and words as prefixes; an empty query finds nothing.
CREATE FUNCTION search_query(source text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(quote_literal(token) || suffix, ' & '), '')::tsquery
    FROM (
        SELECT DISTINCT substr(run[1], place, 2) AS token, CASE WHEN length(run[1]) = 1 THEN ':*' ELSE '' END AS suffix
        FROM regexp_matches(lower(normalize(source, NFKC)), '[\u3400-\u4dbf\u4e00-\u9fff]+', 'g') AS run,
             generate_series(1, greatest(length(run[1]) - 1, 1)) AS place
        UNION ALL
        SELECT DISTINCT word[1], ':*' FROM regexp_matches(lower(normalize(source, NFKC)), '[a-z0-9]+', 'g') AS word
    ) AS tokens
$$;
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON foundation_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunSQL(SEARCH, "DROP FUNCTION search_query(text); DROP FUNCTION search_tokens(text, text);"),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER append_only ON foundation_auditentry; DROP FUNCTION refuse_change();"
        ),
    ]

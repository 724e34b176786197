#!/bin/bash
# PostgreSQL's image runs this once, in an empty database: the owner of the tables, the portal's role, and one that counts.
set -euo pipefail
psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
-- Not as options, which every list of processes shows.
\getenv app PORTAL_PASSWORD
\getenv owner OWNER_PASSWORD
CREATE ROLE nanhu LOGIN PASSWORD :'app';
CREATE ROLE nanhu_owner LOGIN PASSWORD :'owner';
CREATE ROLE nanhu_reader NOLOGIN;
CREATE DATABASE nanhu OWNER nanhu_owner ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE nanhu FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE nanhu TO nanhu;
GRANT CONNECT ON DATABASE nanhu TO nanhu_reader;
SQL

#!/bin/sh
# 元数据库和台账各用一个账号、一个库, 互不可见。首次启动时运行一次。
# A role and a database each for Airflow's metadata and the ledger. Runs once, on first start.
set -eu
psql --set=ON_ERROR_STOP=1 --no-psqlrc --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv ledger_password LEDGER_DB_PASSWORD
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE ROLE shutong LOGIN PASSWORD :'ledger_password';
CREATE DATABASE airflow OWNER airflow ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE shutong_ledger OWNER shutong ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE airflow, shutong_ledger FROM PUBLIC;
SQL

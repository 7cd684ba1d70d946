#!/bin/sh
# 初始化(一次性): 升级元数据库, 建管理员, 按目录导入并发池, 建台账。重复运行无害。
# One-shot: migrate the metadata database, create the administrator, import the pools that the
# catalog declares, create the ledger. Running it again does no harm.
set -eu
umask 077

airflow db migrate

# By standard input, not by argument: a process list shows arguments to everyone.
printf '%s\n%s\n' "$AIRFLOW_ADMIN_PASSWORD" "$AIRFLOW_ADMIN_PASSWORD" |
    airflow users create --role Admin --username "$AIRFLOW_ADMIN_NAME" \
        --email "$AIRFLOW_ADMIN_EMAIL" --firstname "$AIRFLOW_ADMIN_NAME" --lastname 数据管理员

# A pool that does not exist means tasks that are never scheduled, without a warning.
pools=$(mktemp /tmp/pools.XXXXXX.json)
trap 'rm -f "$pools"' EXIT
python - "$pools" <<'PYTHON'
import sys
from pathlib import Path

from shutong.dag_builder.pools import pools_json
from shutong.settings import settings

Path(sys.argv[1]).write_text(pools_json(settings().root), encoding="utf-8")
PYTHON
airflow pools import "$pools"

# The first transaction creates the ledger's tables and the triggers that guard its chain.
python - <<'PYTHON'
from shutong.ledger import Ledger
from shutong.settings import settings

with Ledger(settings().ledger_address).reading():
    pass
PYTHON
echo "数通: 初始化完成 · initialised"

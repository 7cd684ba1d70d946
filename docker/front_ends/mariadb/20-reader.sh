#!/bin/sh
# 只读账号: 只能读目录里的一张表。首次启动时运行一次。
# The exchange's account reads the one table that the catalog names. Runs once, on first start.
set -eu
case "${READER_PASSWORD:?}" in *[!A-Za-z0-9]*)
    echo "READER_PASSWORD: 只用字母和数字 · letters and digits only" >&2
    exit 1 ;;
esac
MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --user=root <<SQL
CREATE USER 'shutong_reader'@'%' IDENTIFIED BY '$READER_PASSWORD' WITH MAX_USER_CONNECTIONS 4;
GRANT SELECT ON rkxt.T_RK_JBXX TO 'shutong_reader'@'%';
SQL

"""Source tables about people (人口类源表), by resource id."""

from __future__ import annotations

from typing import Final

from shutong.sample_city.source_table import SourceTable, source_table

PEOPLE_TABLES: Final[dict[str, SourceTable]] = {
    "public-security.resident": source_table(
        "fe-public-security",
        "T_RK_JBXX",
        "id_number",
        """
        id_number SFZH VARCHAR2(18)
        name XM VARCHAR2(50)
        former_name CYM VARCHAR2(50)
        sex XB CHAR(1)
        ethnic_group MZ CHAR(2)
        birth_date CSRQ DATE
        native_place_region JG_XZQH CHAR(6)
        region_code HJ_XZQH CHAR(6)
        household_number HH VARCHAR2(12)
        household_relation YHZGX CHAR(2)
        household_address HJDZ VARCHAR2(120)
        police_station SSPCS VARCHAR2(60)
        marital_status HYZK CHAR(2)
        education WHCD CHAR(2)
        phone SJH VARCHAR2(11)
        moved_in_on QRRQ DATE
        deceased SWBS CHAR(1)
        - ZPBH VARCHAR2(32)
        updated_at GXSJ DATETIME
        """,
        cursor="updated_at",
    ),
    "changjiang.low-income-family": source_table(
        "fe-changjiang",
        "DB_JTCY",
        "id_number",
        """
        family_number JTBH VARCHAR2(20)
        id_number SFZH VARCHAR2(18)
        name XM VARCHAR2(50)
        relation YHZGX CHAR(2)
        head_id_number HZSFZH VARCHAR2(18)
        region_code XZQH CHAR(6)
        town XZ VARCHAR2(40)
        address JTZZ VARCHAR2(120)
        members BZRS INTEGER
        urban SFCS CHAR(1)
        cause ZPYY VARCHAR2(60)
        monthly_aid YBZJE VARCHAR2(16)
        approved_on PZRQ DATE
        valid_until YXQZ DATE
        phone LXDH VARCHAR2(11)
        """,
    ),
    "zhushan.low-income-family": source_table(
        "fe-zhushan",
        "dibao_member",
        "id_number",
        """
        family_number family_no varchar(20)
        id_number id_card varchar(18)
        name name varchar(50)
        relation relation_code char(2)
        head_id_number head_id_card varchar(18)
        region_code area_code char(6)
        town street varchar(40)
        address home_address varchar(120)
        members member_count integer
        urban is_urban char(1)
        cause poverty_cause varchar(60)
        monthly_aid month_amount varchar(16)
        approved_on approve_date date
        valid_until expire_date date
        phone mobile varchar(11)
        """,
    ),
    "fuliang.low-income-family": source_table(
        "fe-fuliang",
        "FLX_DBRY",
        "id_number",
        """
        family_number DBZH VARCHAR(20)
        id_number GMSFHM VARCHAR(18)
        name XM VARCHAR(50)
        relation GX CHAR(2)
        head_id_number HZ_GMSFHM VARCHAR(18)
        region_code XZQHDM CHAR(6)
        town XZMC VARCHAR(40)
        address ZZ VARCHAR(120)
        members 保障人数 INTEGER
        urban CSBZ CHAR(1)
        cause ZPYY VARCHAR(60)
        monthly_aid 保障金额 VARCHAR(16)
        approved_on SPRQ DATE
        valid_until ZZRQ DATE
        phone SJHM VARCHAR(11)
        """,
    ),
    "leping.low-income-family": source_table(
        "fe-leping",
        "LP_SHJZ_DB",
        "id_number",
        """
        - ROW_NO INTEGER
        family_number HBH VARCHAR2(20)
        id_number ZJHM VARCHAR2(18)
        name CYXM VARCHAR2(50)
        relation CYGX CHAR(2)
        head_id_number HZZJHM VARCHAR2(18)
        region_code DQBM CHAR(6)
        town SZXZ VARCHAR2(40)
        address XXDZ VARCHAR2(120)
        members RKS INTEGER
        urban CXLB CHAR(1)
        cause PKYY VARCHAR2(60)
        monthly_aid JZJE VARCHAR2(16)
        approved_on HZRQ DATE
        valid_until JZRQ DATE
        phone LXSJ VARCHAR2(11)
        """,
    ),
    "disabled-federation.disabled-person": source_table(
        "fe-disabled-federation",
        "CJR_JBXX",
        "id_number",
        """
        id_number SFZH VARCHAR2(18)
        certificate_number CJZH VARCHAR2(20)
        name XM VARCHAR2(50)
        sex XB CHAR(1)
        birth_date CSRQ DATE
        disability_kind CJLB CHAR(1)
        disability_grade CJDJ CHAR(1)
        region_code XZQH CHAR(6)
        address JTZZ VARCHAR2(120)
        guardian_name JHRXM VARCHAR2(50)
        guardian_phone JHRDH VARCHAR2(11)
        rehabilitation_needed KFXQ CHAR(1)
        issued_on FZRQ DATE
        valid_until YXQZ DATE
        updated_at GXSJ DATETIME
        """,
        cursor="updated_at",
    ),
    "poverty-relief.poor-person": source_table(
        "fe-poverty-relief",
        "JDLK_RK",
        "id_number",
        """
        household_number HBH VARCHAR2(20)
        id_number ZJHM VARCHAR2(18)
        name XM VARCHAR2(50)
        relation YHZGX CHAR(2)
        region_code XZQH CHAR(6)
        town XZ VARCHAR2(40)
        village XZC VARCHAR2(40)
        registered_on JDRQ DATE
        lifted_on TPRQ DATE
        cause ZYZPYY VARCHAR2(60)
        yearly_income RJCSR VARCHAR2(16)
        low_income_family SFDBH CHAR(1)
        phone LXDH VARCHAR2(11)
        - BFZRR VARCHAR2(50)
        """,
    ),
    "civil-affairs.adoption": source_table(
        "fe-civil-affairs",
        "SY_DJXX",
        "registration_number",
        """
        registration_number DJZH VARCHAR2(30)
        adopter_name SYR_XM VARCHAR2(50)
        adopter_id_number SYR_SFZH VARCHAR2(18)
        adoptee_name BSYR_XM VARCHAR2(50)
        adoptee_id_number BSYR_SFZH VARCHAR2(18)
        registered_on DJRQ DATE
        authority DJJG VARCHAR2(60)
        region_code XZQH CHAR(6)
        """,
    ),
}

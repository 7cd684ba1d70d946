"""Source tables about companies, land and insurance (法人类源表), by resource id."""

from __future__ import annotations

from typing import Final

from shutong.sample_city.source_table import SourceTable, source_table

BUSINESS_TABLES: Final[dict[str, SourceTable]] = {
    "market-regulation.enterprise": source_table(
        "fe-market-regulation",
        "E_BASEINFO",
        "credit_code",
        """
        - PRIPID INTEGER
        credit_code UNISCID VARCHAR2(18)
        name ENTNAME VARCHAR2(100)
        enterprise_type ENTTYPE VARCHAR2(3)
        industry INDUSTRYPHY CHAR(1)
        legal_representative LEREP VARCHAR2(50)
        legal_representative_id_number LEREP_CERNO VARCHAR2(18)
        registered_capital REGCAP VARCHAR2(24)
        established_on ESTDATE DATE
        approved_on APPRDATE DATE
        operating_from OPFROM DATE
        operating_until OPTO DATE
        region_code DOMDISTRICT CHAR(6)
        address DOM VARCHAR2(120)
        registration_authority REGORG VARCHAR2(60)
        business_scope OPSCOPE CLOB
        in_operation OPSTATE CHAR(1)
        phone TEL VARCHAR2(20)
        updated_at S_EXT_DATETIME DATETIME
        """,
        cursor="updated_at",
    ),
    "market-regulation.penalty": source_table(
        "fe-market-regulation",
        "E_CASE_PUB",
        "record_number",
        """
        - CASEID INTEGER
        record_number CASENO VARCHAR2(40)
        kind CASETYPE CHAR(2)
        credit_code UNISCID VARCHAR2(18)
        name ENTNAME VARCHAR2(100)
        document_number PENDECNO VARCHAR2(60)
        matter ILLEGACTTYPE VARCHAR2(200)
        amount PENAM VARCHAR2(20)
        decided_on PENDECISSDATE DATE
        public_until PUBENDDATE DATE
        authority PENAUTH VARCHAR2(60)
        authority_credit_code PENAUTHCODE VARCHAR2(18)
        region_code REGIONCODE CHAR(6)
        recorded_at PUBTIME DATETIME
        """,
        cursor="CASEID",
    ),
    "natural-resources.land-parcel": source_table(
        "fe-natural-resources",
        "TD_ZDJBXX",
        "parcel_code",
        """
        parcel_code ZDDM VARCHAR2(19)
        location ZL VARCHAR2(120)
        region_code XZQDM CHAR(6)
        land_use TDYT VARCHAR2(4)
        area ZDMJ VARCHAR2(18)
        right_holder QLR VARCHAR2(100)
        right_holder_credit_code QLR_XYDM VARCHAR2(18)
        right_kind SYQLX VARCHAR2(20)
        certificate_number BDCQZH VARCHAR2(60)
        registered_on DJRQ DATE
        use_until ZZRQ DATE
        mortgaged SFDY CHAR(1)
        longitude ZXDJD VARCHAR2(12)
        latitude ZXDWD VARCHAR2(12)
        """,
    ),
    "natural-resources.address": source_table(
        "fe-natural-resources",
        "DZ_BZDZ",
        "address_code",
        """
        address_code DZBM VARCHAR2(20)
        full_address DZQC VARCHAR2(120)
        region_code XZQDM CHAR(6)
        town XZJD VARCHAR2(40)
        community CSQ VARCHAR2(40)
        road JLX VARCHAR2(60)
        house_number MPH VARCHAR2(20)
        longitude 经度 VARCHAR2(12)
        latitude 纬度 VARCHAR2(12)
        set_up_on SZRQ DATE
        in_use QYBS CHAR(1)
        """,
    ),
    "service-center.licence": source_table(
        "fe-service-center",
        "license_info",
        "licence_number",
        """
        - id integer
        licence_number license_no varchar(40)
        licence_type license_type char(2)
        licence_name license_name varchar(100)
        electronic_mark e_license_id varchar(64)
        holder_name holder_name varchar(100)
        holder_credit_code holder_uscc varchar(18)
        issuer issuer_name varchar(60)
        issuer_credit_code issuer_uscc varchar(18)
        issued_on issue_date date
        valid_from valid_from date
        valid_until valid_to date
        region_code area_code char(6)
        valid is_valid char(1)
        updated_at update_time datetime
        """,
        cursor="updated_at",
    ),
    "taxation.payment": source_table(
        "fe-taxation",
        "SB_ZSXX",
        "payment_number",
        """
        - XH INTEGER
        payment_number SPHM VARCHAR2(20)
        credit_code NSRSBH VARCHAR2(18)
        taxpayer_name NSRMC VARCHAR2(100)
        tax_type ZSXM_DM CHAR(5)
        period_from SKSSQQ DATE
        period_until SKSSQZ DATE
        amount SJJE VARCHAR2(20)
        late_fee ZNJ VARCHAR2(20)
        paid_on RKRQ DATE
        tax_authority ZGSWJG_MC VARCHAR2(60)
        region_code XZQH_DM CHAR(6)
        - LRRY_DM VARCHAR2(11)
        """,
        cursor="XH",
    ),
    "development-reform.project": source_table(
        "fe-development-reform",
        "project_info",
        "project_code",
        """
        project_code project_code varchar(24)
        name project_name varchar(120)
        owner_name enterprise_name varchar(100)
        owner_credit_code enterprise_uscc varchar(18)
        project_kind project_type char(1)
        stage project_stage char(2)
        industry industry char(1)
        region_code place_code char(6)
        total_investment total_money varchar(24)
        approval_number approve_no varchar(40)
        approved_on approve_date date
        planned_start start_date date
        planned_finish end_date date
        updated_at update_time datetime
        """,
        cursor="updated_at",
    ),
    "development-reform.award-penalty": source_table(
        "fe-development-reform",
        "XY_JCXX",
        "record_number",
        """
        - XH INTEGER
        record_number JLBH VARCHAR2(40)
        kind JCLB CHAR(2)
        credit_code TYSHXYDM VARCHAR2(18)
        name QYMC VARCHAR2(100)
        document_number WSWH VARCHAR2(60)
        matter SY VARCHAR2(200)
        amount JE VARCHAR2(20)
        decided_on JDRQ DATE
        public_until GSJZRQ DATE
        authority JDJG VARCHAR2(60)
        authority_credit_code JDJG_DM VARCHAR2(18)
        region_code XZQH CHAR(6)
        recorded_at GJSJ DATETIME
        """,
        cursor="XH",
    ),
    "human-resources.participation": source_table(
        "fe-human-resources",
        "AC02",
        "id_number insurance_type",
        """
        - AAC001 INTEGER
        id_number AAC147 VARCHAR2(18)
        insurance_type AAE140 CHAR(3)
        name AAC003 VARCHAR2(50)
        employer_credit_code AAB998 VARCHAR2(18)
        employer_name AAB004 VARCHAR2(100)
        participated_on AAC030 DATE
        monthly_base AAE180 VARCHAR2(16)
        months_insured AAE201 INTEGER
        paid_through AAE002 DATE
        insured AAC031 CHAR(1)
        region_code AAB301 CHAR(6)
        updated_at AAE036 DATETIME
        """,
        cursor="updated_at",
    ),
    "human-resources.employer": source_table(
        "fe-human-resources",
        "AB_WGFH",
        "credit_code",
        """
        credit_code AAB998 VARCHAR2(18)
        name AAB004 VARCHAR2(100)
        months_insured LJJFYS INTEGER
        insured_last_year SNC_CBRS INTEGER
        insured_now SNM_CBRS INTEGER
        layoff_rate CYL VARCHAR2(8)
        unemployment_paid_last_year SND_SJJE VARCHAR2(18)
        arrears QFJE VARCHAR2(18)
        in_arrears SFQF CHAR(1)
        calculated_on HSRQ DATE
        region_code AAB301 CHAR(6)
        """,
    ),
}

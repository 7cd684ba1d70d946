"""Expectations of the national standards, for anyone's GX project (国家标准校验规则).

Importing this module registers them with Great Expectations, with bodies for DuckDB
(`add_duckdb`) and pandas. The rules are those of `shutong.standards`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final

import sqlalchemy as sa
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from shutong.quality import metrics  # noqa: F401 - registers GX's own metrics for DuckDB
from shutong.quality.beside_pandas import as_series, as_text
from shutong.quality.engine import DuckDBExecutionEngine
from shutong.quality.functions import CITIZEN_NUMBER, CREDIT_CODE, REGION_CODE, region_codes_known
from shutong.quality.numbers import numbers_only
from shutong.standards.predicates import LATITUDE, LONGITUDE, MOBILE_PHONE, PERSON_NAME

if TYPE_CHECKING:
    import pandas as pd

_VALID: Final = 0


def day_of(as_of: str | date | None) -> date:
    """Return the last possible day of birth that a rule names, today by default."""
    if as_of is None:
        return date.today()  # noqa: DTZ011 - the rule speaks of the local day
    return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)


class CitizenNumber(ColumnMapMetricProvider):
    """`column_values.citizen_number` (公民身份号码): `as_of` is the last possible day of birth."""

    condition_metric_name = "column_values.citizen_number"
    condition_value_keys = ("as_of",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805
        column: Any,
        _execution_engine: DuckDBExecutionEngine,
        as_of: str | None = None,
        **_: Any,
    ) -> Any:
        return _execution_engine.function(CITIZEN_NUMBER, day_of(as_of))(column) == _VALID

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, as_of: str | None = None, **_: Any) -> Any:  # noqa: N805
        import pyarrow.compute as pc

        from shutong.standards.vectors import citizen_number_verdicts

        return as_series(
            pc.equal(citizen_number_verdicts(as_text(column), day_of(as_of)), _VALID), column
        )


class CreditCode(ColumnMapMetricProvider):
    """`column_values.credit_code` (统一社会信用代码)."""

    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _execution_engine: Any, **_: Any) -> Any:  # noqa: N805
        return _execution_engine.function(CREDIT_CODE)(column) == _VALID

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        import pyarrow.compute as pc

        from shutong.standards.vectors import credit_code_verdicts

        return as_series(pc.equal(credit_code_verdicts(as_text(column)), _VALID), column)


class RegionCode(ColumnMapMetricProvider):
    """`column_values.region_code` (行政区划代码), retired ones too."""

    condition_metric_name = "column_values.region_code"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _execution_engine: Any, **_: Any) -> Any:  # noqa: N805
        return _execution_engine.function(REGION_CODE)(column)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return as_series(region_codes_known(as_text(column)), column)


class MobilePhone(ColumnMapMetricProvider):
    """`column_values.mobile_phone` (手机号码)."""

    condition_metric_name = "column_values.mobile_phone"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return sa.func.regexp_matches(column, MOBILE_PHONE)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return _matching(column, MOBILE_PHONE)


class PersonName(ColumnMapMetricProvider):
    """`column_values.person_name` (姓名): visible, and no character lost."""

    condition_metric_name = "column_values.person_name"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return sa.func.regexp_matches(column, PERSON_NAME)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return _matching(column, PERSON_NAME)


def _matching(column: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    import pyarrow.compute as pc

    # Arrow's expressions are RE2's, like DuckDB's: `$` is the end of the text, nothing else.
    return as_series(pc.match_substring_regex(as_text(column), pattern), column)


class Longitude(ColumnMapMetricProvider):
    """`column_values.longitude_in_city` (经度)."""

    condition_metric_name = "column_values.longitude_in_city"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _metrics: Any = None, **_: Any) -> Any:  # noqa: N805
        return sa.and_(*numbers_only(column, _metrics), column.between(*LONGITUDE))

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return column.astype(float).between(*LONGITUDE)


class Latitude(ColumnMapMetricProvider):
    """`column_values.latitude_in_city` (纬度)."""

    condition_metric_name = "column_values.latitude_in_city"

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, _metrics: Any = None, **_: Any) -> Any:  # noqa: N805
        return sa.and_(*numbers_only(column, _metrics), column.between(*LATITUDE))

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return column.astype(float).between(*LATITUDE)


class ExpectColumnValuesToBeCitizenNumber(ColumnMapExpectation):
    """Expect citizen numbers (公民身份号码, GB 11643-1999).

    Region with its history, birth date, check digit. `as_of` (ISO day) is the last possible
    day of birth, today by default. Old 15-digit numbers are unexpected.
    """

    as_of: str | dict[str, Any] | None = None
    map_metric: ClassVar[str] = "column_values.citizen_number"
    success_keys: ClassVar[tuple[str, ...]] = ("as_of", "mostly")


class ExpectColumnValuesToBeCreditCode(ColumnMapExpectation):
    """Expect unified social credit codes (统一社会信用代码, GB 32100-2015)."""

    map_metric: ClassVar[str] = "column_values.credit_code"


class ExpectColumnValuesToBeRegionCode(ColumnMapExpectation):
    """Expect region codes that GB/T 2260 lists or ever listed (行政区划代码, 含历史)."""

    map_metric: ClassVar[str] = "column_values.region_code"


class ExpectColumnValuesToBeMobilePhone(ColumnMapExpectation):
    """Expect mobile numbers of 11 digits (手机号码)."""

    map_metric: ClassVar[str] = "column_values.mobile_phone"


class ExpectColumnValuesToBePersonName(ColumnMapExpectation):
    """Expect names without marks of lost characters (姓名)."""

    map_metric: ClassVar[str] = "column_values.person_name"


class ExpectColumnValuesToBeLongitudeInCity(ColumnMapExpectation):
    """Expect longitudes in the city's box, degrees (经度, CGCS2000)."""

    map_metric: ClassVar[str] = "column_values.longitude_in_city"


class ExpectColumnValuesToBeLatitudeInCity(ColumnMapExpectation):
    """Expect latitudes in the city's box, degrees (纬度, CGCS2000)."""

    map_metric: ClassVar[str] = "column_values.latitude_in_city"

"""The same rules on pandas, as anyone's GX project would run them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from shutong.quality.importing import load_gx
from shutong.quality.session import in_memory


def failing_on_pandas(table: pa.Table, entry: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the positions of the rows that fail an expectation on pandas."""
    return result_on_pandas(table, entry, kwargs).result["unexpected_index_list"]


def result_on_pandas(table: pa.Table, entry: Mapping[str, Any], kwargs: Mapping[str, Any]) -> Any:
    """Return GX's result of an expectation on pandas."""
    load_gx()
    import great_expectations as gx
    import pandas as pd
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    columns = {
        name: pd.Series(table.column(name).to_pylist(), dtype=object) for name in table.schema.names
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral", project_config=in_memory())
        asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
        batch = asset.add_batch_definition_whole_dataframe("b").get_batch(
            {"dataframe": pd.DataFrame(columns)}
        )
        expectation = ExpectationConfiguration(
            type=entry["type"], kwargs=dict(kwargs)
        ).to_domain_obj()
        result = batch.validate(expectation, result_format="COMPLETE")
    assert "raised_exception" not in str(result.exception_info) or not result.exception_info.get(
        "raised_exception"
    ), result.exception_info
    return result

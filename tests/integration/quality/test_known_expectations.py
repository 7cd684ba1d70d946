"""The list of names in the tree is GX's own and Shutong's, no more and no less."""

from __future__ import annotations

from shutong.quality.importing import load_gx
from shutong.quality.known_expectations import (
    NON_PERSONAL_FIGURES,
    ROW_EXPECTATIONS,
    TABLE_EXPECTATIONS,
)

_OF_TYPES = {"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"}


def test_the_names_in_the_tree_are_those_that_gx_knows() -> None:
    load_gx()
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
        MulticolumnMapExpectation,
    )
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    by_row = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
    names = set(list_registered_expectation_implementations())
    rows = {name for name in names if issubclass(get_expectation_impl(name), by_row)}

    assert rows - _OF_TYPES == ROW_EXPECTATIONS
    assert (names - rows) | _OF_TYPES == TABLE_EXPECTATIONS
    assert NON_PERSONAL_FIGURES <= TABLE_EXPECTATIONS

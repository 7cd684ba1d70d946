"""Names of the expectations that Great Expectations and Shutong know (规则类型名录).

A list in the tree, so that checking a suite needs no import of GX; a test holds it against
GX's own registry.
"""

from __future__ import annotations

from typing import Final

UNIQUE_EXPECTATIONS: Final = frozenset(
    {"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"}
)
"""Those that hold every row against every other."""

EXIST_IN_DATASET: Final = "expect_column_values_to_exist_in_dataset"
EQUAL_FACT: Final = "expect_column_values_to_equal_fact_of_dataset"
RELATION_EXPECTATIONS: Final = frozenset({EXIST_IN_DATASET, EQUAL_FACT})
"""Those that hold every row against another dataset (跨数据集规则)."""

ROW_COUNT_CHANGE: Final = "expect_table_row_count_to_stay_near_last_batch"
NULL_SHARE_CHANGE: Final = "expect_null_shares_to_stay_near_last_batch"
NEW_CODES: Final = "expect_codes_to_have_been_seen_before"
CHANGE_EXPECTATIONS: Final = frozenset({ROW_COUNT_CHANGE, NULL_SHARE_CHANGE, NEW_CODES})
"""Those that hold the batch against the last one that landed (批次变化规则)."""

ROW_EXPECTATIONS: Final = RELATION_EXPECTATIONS | frozenset(
    {
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_be_amount",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_birth_date_of_number",
        "expect_column_values_to_be_citizen_number",
        "expect_column_values_to_be_credit_code",
        "expect_column_values_to_be_dateutil_parseable",
        "expect_column_values_to_be_decreasing",
        "expect_column_values_to_be_finite",
        "expect_column_values_to_be_in_code_table",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_be_increasing",
        "expect_column_values_to_be_json_parseable",
        "expect_column_values_to_be_latitude_in_city",
        "expect_column_values_to_be_longitude_in_city",
        "expect_column_values_to_be_mobile_phone",
        "expect_column_values_to_be_null",
        "expect_column_values_to_be_person_name",
        "expect_column_values_to_be_region_code",
        "expect_column_values_to_be_region_code_in_force",
        "expect_column_values_to_be_sex_of_number",
        "expect_column_values_to_be_unique",
        "expect_column_values_to_be_working_day",
        "expect_column_values_to_match_json_schema",
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_match_strftime_format",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_not_be_outliers",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern_list",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_match_regex_list",
        "expect_compound_columns_to_be_unique",
        "expect_multicolumn_sum_to_equal",
        "expect_multicolumn_values_to_be_equal",
        "expect_select_column_values_to_be_unique_within_record",
    }
)
"""They judge every row by itself, so that the rows that fail can be told (逐行规则)."""

TABLE_EXPECTATIONS: Final = CHANGE_EXPECTATIONS | frozenset(
    {
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_kl_divergence_to_be_less_than",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_quantile_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_to_exist",
        "expect_column_type_to_be",
        "expect_column_unique_value_count_to_be_between",
        "expect_column_values_to_be_in_type_list",
        "expect_column_values_to_be_of_type",
        "expect_query_results_to_match_comparison",
        "expect_table_column_count_to_be_between",
        "expect_table_column_count_to_equal",
        "expect_table_columns_to_have_types",
        "expect_table_columns_to_match_ordered_list",
        "expect_table_columns_to_match_set",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
        "expect_table_row_count_to_equal_other_table",
        "unexpected_rows_expectation",
    }
)
"""They judge the batch as a whole (整批规则): types belong here, on SQL they are the column's."""

NOT_CARRIED_OUT: Final = frozenset(
    {
        "expect_column_values_to_be_decreasing",
        "expect_column_values_to_be_increasing",
        "expect_query_results_to_match_comparison",
    }
)
"""What GX knows and a batch cannot answer (不支持的规则): its rows have no order of their own,
and there is no second data source beside it."""

WITHOUT_ROW_CONDITION: Final = frozenset({"expect_column_pair_values_to_be_in_set"})
"""GX leaves a row condition out here, without a word (不支持行条件)."""

NON_PERSONAL_FIGURES: Final = frozenset(
    {
        "expect_column_mean_to_be_between",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_unique_value_count_to_be_between",
        "expect_table_column_count_to_be_between",
        "expect_table_column_count_to_equal",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
        "expect_table_row_count_to_equal_other_table",
    }
)
"""What these observe is a figure over many rows and no value of one of them."""

NAMES_OBSERVED: Final = frozenset({"expect_table_columns_to_have_types"})
"""What these observe are names of items and no value of a row."""

"""A suite carried out again over rows that were judged before (复算): counts and verdicts only.

Nothing is split off and nothing written; what comes out are rule results as the validation's
own, to be held against them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from shutong.catalog.models import CodeTable, Dataset
from shutong.model import BatchProfile, RuleResult
from shutong.quality.changes import changes_told, with_previous
from shutong.quality.judging import filled_rules, measures_of
from shutong.quality.keys import with_key_rules
from shutong.quality.parameters import parameters
from shutong.quality.relations import LandedDataset, made_ready, with_unjudged
from shutong.quality.results import passed, rule_results
from shutong.quality.session import session
from shutong.quality.suites import Rule, parse_suite


def recount(
    suite: Mapping[str, Any],
    files: Sequence[Path],
    *,
    dataset: Dataset,
    codes: Mapping[str, CodeTable],
    today: date,
    incremental: bool,
    landed: Mapping[str, LandedDataset],
    previous: BatchProfile | None,
    folder: Path,
    memory: str,
    threads: int,
) -> tuple[RuleResult, ...]:
    """Return each rule's result over the rows in `files` (复算结果).

    `suite`, `dataset`, `codes` and `today` are those of the judging that is recomputed;
    `incremental` whether the batch held what changed and no whole table; `landed` and `previous`
    what it was held against. A rule that needs what is not here comes out as errored, with the
    kind of its error.
    """
    rules = [
        rule
        for rule in with_key_rules(parse_suite(json.dumps(suite), Path("suite")).rules, dataset)
        if not (rule.full_only and incremental)
    ]
    if not files:
        return passed(rules)
    values = parameters(today, codes)
    rules = list(with_previous(rules, previous, dataset, codes))
    return _judged(rules, files, dataset, values, landed, folder, memory, threads)


def _judged(
    rules: Sequence[Rule],
    files: Sequence[Path],
    dataset: Dataset,
    values: Mapping[str, Any],
    landed: Mapping[str, LandedDataset],
    folder: Path,
    memory: str,
    threads: int,
) -> tuple[RuleResult, ...]:
    items = [item.name for item in dataset.items]
    personal = {item.name for item in dataset.items if item.sensitivity.personal}
    standing = made_ready(rules, landed)
    ready, unready = filled_rules(standing.rules, values, items)
    with session(
        files, items, folder=folder, memory=memory, threads=threads, attached=standing.attached
    ) as opened:
        verdicts = {**unready, **opened.judge(ready)}
        results = rule_results(standing.rules, verdicts, personal)
        measures = measures_of(results, verdicts)
    judged = changes_told(results, standing.rules, measures, personal)
    return with_unjudged(rules, judged, standing.unjudged)

"""Faults of typing, in words for officials (校验信息)."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from shutong.catalog.faults import Fault, did_you_mean
from shutong.catalog.yaml_source import Path_, YamlSource
from shutong.errors import Text

_SHOWN: Final = 60
"""Characters of a wrong choice that a message repeats."""


def fault_of(source: YamlSource, error: Any, model: type[BaseModel]) -> Fault:
    """Return the fault that one error of pydantic means, at its line, with a next step.

    The text never repeats the faulty value of a field unless it is a choice among names.
    """
    path: Path_ = tuple(part for part in error["loc"] if part != "[key]")
    line = source.line(path)
    fact, step = _words(error, path, model)
    return Fault(source.file, line, fact, step)


def _words(error: Any, path: Path_, model: type[BaseModel]) -> tuple[Text, Text]:
    name = ".".join(str(part) for part in path)
    kind: str = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        return (
            Text(f"未知字段 '{path[-1]}'", f"unknown field '{path[-1]}'"),
            did_you_mean(str(path[-1]), known),
        )
    if kind == "missing":
        return (
            Text(f"缺少必填项 '{name}'", f"required field '{name}' is missing"),
            Text("请补上", "add it"),
        )
    if kind in {"enum", "literal_error"}:
        given = str(error["input"])[:_SHOWN]
        allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return (
            Text(
                f"'{name}' 的取值 '{given}' 不在枚举内",
                f"'{name}' has value '{given}', which is not allowed",
            ),
            did_you_mean(given, allowed.split(", ")),
        )
    if kind == "string_type":
        return (
            Text(f"'{name}' 应为文字", f"'{name}' must be text"),
            Text("请加引号, 如 '360200'", "put it in quotes, like '360200'"),
        )
    if kind == "string_pattern_mismatch":
        return (
            Text(f"'{name}' 的写法不合规", f"'{name}' is not written as allowed"),
            Text(f"须符合 {context.get('pattern')}", f"must match {context.get('pattern')}"),
        )
    if kind == "value_error":
        zh, _, en = str(context.get("error", "")).partition(" / ")
        return (
            Text(f"'{name}' 有误: {zh}", f"'{name}': {en or zh}"),
            Text("请改正该字段", "correct the field"),
        )
    return (
        Text(f"'{name}' 有误: {error['msg']}", f"'{name}': {error['msg']}"),
        Text("请改正该字段", "correct the field"),
    )


def _fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    """Return the field names of the model that stands at `path` inside `model`."""
    current: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = _model_in(fields[part].annotation)
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None

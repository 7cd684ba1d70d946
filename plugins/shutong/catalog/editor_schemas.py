"""JSON Schemas of the YAML kinds, for editors (编辑器校验模式)."""

from __future__ import annotations

import json
from pathlib import Path

from shutong.catalog.models import FILE_MODELS, json_schema
from shutong.catalog.share_models import SHARE_FILE_MODELS


def schema_texts() -> dict[str, str]:
    """Return the text of each schema file by its name under `schemas/catalog/`."""
    return {
        f"{kind}.schema.json": json.dumps(json_schema(model), ensure_ascii=False, indent=1) + "\n"
        for kind, model in (FILE_MODELS | SHARE_FILE_MODELS).items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write all schemas into `folder`; return the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in schema_texts().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed

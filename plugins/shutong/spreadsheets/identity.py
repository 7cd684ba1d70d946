"""A form's identity (表单标识): by it a form is recognised when it comes back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

SHEET: Final = "_shutong"
"""Hidden sheet of a workbook that carries the identity."""
WORD: Final = "shutong-form"
"""First cell of that sheet, and of a text file's first line."""


class Altered(ValueError):
    """The identity was altered, or is none (标识被改动)."""


@dataclass(frozen=True, slots=True)
class FormIdentity:
    """What a form was made for (表单标识); codes and ids only, no personal value."""

    kind: str
    """For instance "correction" or "upload"."""
    resource: str
    batch: str
    version: str
    """What the columns and rows were made from: a ticket, a standard's digest, a date."""
    columns: tuple[str, ...]
    """Ids of the columns, in order."""

    @property
    def digest(self) -> str:
        """SM3 over everything else: an accident shows; it is no signature."""
        canonical = json.dumps(asdict(self), ensure_ascii=True, sort_keys=True)
        return hashlib.new("sm3", canonical.encode()).hexdigest()

    def to_json(self) -> str:
        """Return the identity with its digest, as one line."""
        return json.dumps(asdict(self) | {"digest": self.digest}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FormIdentity:
        """Return the identity that `to_json` wrote; Altered when it is not just so."""
        try:
            fields = json.loads(text)
            digest = fields.pop("digest")
            names = ("kind", "resource", "batch", "version")
            if set(fields) != {*names, "columns"} or any(
                not isinstance(fields[name], str) for name in names
            ):
                raise Altered
            identity = cls(
                **{name: fields[name] for name in names}, columns=tuple(fields["columns"])
            )
            if identity.digest != digest:
                raise Altered
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Altered from None
        return identity

"""Configs are TOML files that become dataclasses; a misspelt key is an error, not a default."""

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TypeVar, get_type_hints

T = TypeVar("T")


def load_config(path: Path, kind: type[T]) -> T:
    """Read a TOML file as the dataclass `kind`, tables as nested dataclasses; raises ValueError for unknown keys."""
    return build(tomllib.loads(path.read_text()), kind, str(path))


def build(values: dict, kind: type[T], where: str) -> T:
    """The dataclass `kind` with `values`, tables as nested dataclasses; raises ValueError for unknown keys, naming
    `where` they are."""
    known = {field.name for field in fields(kind)}
    if unknown := set(values) - known:
        raise ValueError(f"Unknown keys {sorted(unknown)} in {where}: known are {sorted(known)}")
    hints = get_type_hints(kind)
    parts = {}
    for key, value in values.items():
        if is_dataclass(hints[key]):
            parts[key] = build(value, hints[key], f"{where} [{key}]")
        else:
            parts[key] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**parts)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from None

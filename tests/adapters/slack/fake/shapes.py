"""The shapes of Slack's payloads, as its Java SDK's logs have them: data/NOTICE says whence.

They are unions of all fields that were ever seen, without values: they tell what may be there and
of which type, not what must.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "shapes.json"
#: Objects whose keys are ids.
MAPS = {"fields", "public", "private", "values", "errors", "icons"}


@cache
def shapes() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


@cache
def types() -> dict[str, Any]:
    """JSON Schemas by the names that Slack's TypeScript has for them."""
    found: dict[str, Any] = json.loads(DATA.with_name("types.json").read_text(encoding="utf-8"))
    return found


def strange(value: Any, shape: Any, at: str = "") -> Iterator[str]:
    """Every field that Slack's payloads do not have, and every value of another type."""
    if value is None or shape in ("any", "null"):
        return
    if isinstance(value, dict):
        yield from _strange_fields(value, shape, at)
    elif isinstance(value, list):
        if not isinstance(shape, list):
            yield f"{at}: an array, not {shape}"
        for inner in value if shape else []:
            yield from strange(inner, shape[0], f"{at}[]")
    elif not isinstance(shape, str) or _type(value) != shape:
        yield f"{at}: {value!r}, not {shape}"


def _strange_fields(value: dict[str, Any], shape: Any, at: str) -> Iterator[str]:
    if not isinstance(shape, dict):
        yield f"{at}: an object, not {shape}"
    elif at.rpartition(".")[2] not in MAPS and shape:
        for key, inner in value.items():
            if key in shape:
                yield from strange(inner, shape[key], f"{at}.{key}")
            else:
                yield f"{at}.{key}: unknown field"


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "string"

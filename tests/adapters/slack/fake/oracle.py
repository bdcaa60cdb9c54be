"""What Slack has published, where it is at hand beside the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ORACLE = Path(__file__).parents[5] / "shared" / "oracles" / "slack"
needs_oracle = pytest.mark.skipif(
    not ORACLE.is_dir(), reason="the published method reference is not beside the repository"
)


@cache
def reference(method: str) -> dict[str, Any] | None:
    """The published page of a method; None if there is none."""
    path = ORACLE / "methods" / f"{method}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


@cache
def error_codes() -> dict[str, list[str]]:
    """Method → the error codes that are published for it."""
    found: dict[str, list[str]] = json.loads((ORACLE / "errors.json").read_text(encoding="utf-8"))
    return found

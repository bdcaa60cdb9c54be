"""Payloads of platforms with something changed in them: what a parser has to live with."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.faults.deeds import json_values

#: Where something stands in a payload.
Path = tuple[str | int, ...]


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in a payload, itself first."""
    yield at
    match value:
        case dict():
            for name, inner in value.items():
                yield from places(inner, (*at, name))
        case list():
            for index, inner in enumerate(value):
                yield from places(inner, (*at, index))
        case _:
            pass


def changed(payload: Any, at: Path, new: Any, *, is_gone: bool) -> Any:
    """`payload` with something else at a place, or nothing."""
    made = copy.deepcopy(payload)
    if not at:
        return made
    inner = made
    for step in at[:-1]:
        inner = inner[step]
    if is_gone:
        del inner[at[-1]]
    else:
        inner[at[-1]] = new
    return made


@st.composite
def mutants(draw: st.DrawFn, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    """One of the payloads, changed in one to three places."""
    made = draw(st.sampled_from(payloads))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(list(places(made))))
        made = changed(made, at, draw(json_values), is_gone=draw(st.booleans()))
    assert isinstance(made, dict)
    return made


def as_json(payload: Any) -> bytes:
    """As somebody would send it who cares for no standard: half surrogates, NaN."""
    return json.dumps(payload).encode()

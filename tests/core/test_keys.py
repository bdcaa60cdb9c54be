from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.keys import LARGEST, DecisionKey, ItemKey, RoomKey


@pytest.mark.parametrize("text", ["WR-7", "wr7", "#WR-7", " wr-7 ", "ＷＲ－７", "Wr-0007"])
def test_rooms(text: str) -> None:
    assert RoomKey.parse(text) == RoomKey(7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "WR",
        "WR-",
        "WR--7",
        "WR-7-3",
        "WR-1234567890",
        "WR-٧",
        "xWR-7",
        "wr-7 x",
        "x" * 9999,
    ],
)
def test_no_rooms(text: str) -> None:
    assert RoomKey.parse(text) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("WR-7-3", ItemKey(3, 7)),
        ("wr7-3", ItemKey(3, 7)),
        ("#WR-7-3", ItemKey(3, 7)),
        ("3", ItemKey(3)),
        ("#3", ItemKey(3)),
        ("３", ItemKey(3)),
        ("＃３", ItemKey(3)),
        ("WR-7", None),
        ("-3", None),
        ("3.0", None),
        ("½", None),
        ("WR-7-1234567890", None),
    ],
)
def test_items(text: str, key: ItemKey | None) -> None:
    assert ItemKey.parse(text) == key


@pytest.mark.parametrize(
    ("text", "number"), [("D-12", 12), ("d12", 12), ("#D-12", 12), ("Ｄ１２", 12)]
)
def test_decisions(text: str, number: int) -> None:
    assert DecisionKey.parse(text) == DecisionKey(number)


@pytest.mark.parametrize("text", ["12", "D", "DD-1", "D-1-1"])
def test_no_decisions(text: str) -> None:
    assert DecisionKey.parse(text) is None


@given(st.integers(0, LARGEST), st.integers(0, LARGEST))
def test_keys_come_back(number: int, room: int) -> None:
    for key in (RoomKey(number), ItemKey(number), ItemKey(number, room), DecisionKey(number)):
        assert type(key).parse(str(key)) == key


@given(st.text())
def test_any_text_is_a_key_or_none(text: str) -> None:
    for cls in (RoomKey, ItemKey, DecisionKey):
        cls.parse(text)

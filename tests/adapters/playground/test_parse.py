from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground.parse import (
    form_values,
    parse_text,
    readable,
    readable_json,
    split_mentions,
)

PEOPLE = {"alice": "Alice", "alice-moreau": "Alice Moreau", "bob": "Bob", "zhangsan": "张三"}
MUSTER = ("muster", "集结")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ask @bob", "ask <@bob>"),
        ("ask @BOB, please", "ask <@bob>, please"),
        ("@Alice Moreau leads", "<@alice-moreau> leads"),
        ("@Alice leads", "<@alice> leads"),
        ("请@张三看看", "请<@zhangsan>看看"),
        ("＠张三，明天", "<@zhangsan>，明天"),
        ("@zhangsan and @bob", "<@zhangsan> and <@bob>"),
        ("@bobby is nobody", "@bobby is nobody"),
        ("bob@bob.example is an address", "bob@bob.example is an address"),
        ("a literal <@bob> counts too", "a literal <@bob> counts too"),
        ("@carol is unknown", "@carol is unknown"),
        ("@@bob", "@<@bob>"),
        ("  \r\nkept\r\nlines  ", "kept\nlines"),
        ("<!channel> <script>", "<!channel> <script>"),
    ],
)
def test_people_are_found_by_name_and_id(typed: str, shown: str) -> None:
    assert parse_text(typed, PEOPLE, MUSTER).shown == shown


def test_names_are_those_of_the_people_mentioned() -> None:
    spoken = parse_text("@bob and @张三 and <@nobody>", PEOPLE, MUSTER)
    assert spoken.names == {"bob": "Bob", "zhangsan": "张三"}
    assert not spoken.mentions_muster


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("@Muster what is open?", "what is open?"),
        ("@muster, what is open?", "what is open?"),
        ("@集结：还有什么没完成", "还有什么没完成"),
        ("so @集结 help", "so help"),
        ("@Muster @bob owns it", "<@bob> owns it"),
        ("@Muster", ""),
    ],
)
def test_a_mention_of_muster_is_left_out_of_what_it_hears(typed: str, meant: str) -> None:
    spoken = parse_text(typed, PEOPLE, MUSTER)
    assert spoken.mentions_muster
    assert spoken.meant == meant
    assert "<@muster>" in spoken.shown


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/item add x @bob", "/item add x <@bob>"),
        ("／事项 加 x", "/事项 加 x"),
        ("  /help ", "/help"),
        ("/", "/"),
    ],
)
def test_a_slash_of_either_width_begins_a_command(typed: str, meant: str) -> None:
    spoken = parse_text(typed, PEOPLE, MUSTER)
    assert spoken.is_command
    assert spoken.meant == meant


def test_a_slash_further_on_does_not() -> None:
    assert not parse_text("either/or", PEOPLE, MUSTER).is_command


@given(st.text())
def test_any_text_can_be_parsed_and_stored(text: str) -> None:
    spoken = parse_text(text, PEOPLE, MUSTER)
    spoken.shown.encode("utf-8")
    spoken.meant.encode("utf-8")
    assert "\0" not in spoken.shown


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_readable_changes_nothing_that_is(text: str) -> None:
    assert readable(text) == text


def test_what_cannot_be_read_is_replaced() -> None:
    assert readable("a\0b\ud800c\udfff") == "a\ufffdb\ufffdc\ufffd"
    assert readable_json({"a\ud800": ["\0", 1, None, ("x",)]}) == {
        "a\ufffd": ["\ufffd", 1, None, ["x"]]
    }


@given(st.text(alphabet="<@>abo -\n"))
def test_the_parts_of_a_text_are_all_of_it(text: str) -> None:
    parts = [part if kind == "text" else f"<@{part}>" for kind, part in split_mentions(text)]
    assert "".join(parts) == text


def test_a_browser_s_values_become_the_form_s() -> None:
    values = {"flag": True, "off": False, "who": ["a", "b"], "n": 3, "none": None, "x": "\ud800"}
    assert form_values(values) == {
        "flag": "yes",
        "off": "",
        "who": ("a", "b"),
        "n": "3",
        "none": "",
        "x": "\ufffd",
    }

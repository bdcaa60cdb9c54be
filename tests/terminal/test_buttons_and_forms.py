"""Buttons that are pressed by their labels, and forms that are filled in."""

from __future__ import annotations

from tests.terminal.conftest import Tell

ITEMS = (
    "alice: /warroom open Slow checkout",
    "alice@WR-1: /item add Check the logs",
    "alice@WR-1: /item add Ask the vendor",
)


def test_the_newest_button_is_pressed_or_the_one_beside_some_words(tell: Tell) -> None:
    newest = tell(*ITEMS, "alice@WR-1: [Done]")
    assert "@alice finished WR-1-2 Ask the vendor" in newest.output
    beside = tell(*ITEMS, "alice@WR-1: [done] the LOGS")
    assert "@alice finished WR-1-1 Check the logs" in beside.output


def test_a_button_goes_by_either_language_and_without_its_dots(tell: Tell) -> None:
    told = tell(*ITEMS, "陈晨: [Join]", "陈晨@WR-1: [完成]", "陈晨@WR-1: [Blocked] logs")
    assert told.understood, told.complaints
    assert "@陈晨 finished WR-1-2 Ask the vendor" in told.output
    assert "#wr-1-slow-checkout (only 陈晨) | " in told.output


def test_the_buttons_that_there_are_are_named(tell: Tell) -> None:
    told = tell(*ITEMS, "bob@WR-1: [Dance] wildly")
    assert "line 4: bob sees no button [Dance] wildly there, but [Done]" in told.complaints


def test_a_button_in_an_answer_is_its_readers_alone(tell: Tell) -> None:
    told = tell(*ITEMS, "alice@WR-1: /warroom close Done", "bob@WR-1: [Close it anyway]")
    assert not told.understood
    closing = next(line for line in told.lines if line.startswith("#wr-1") and "anyway" in line)
    label = closing[closing.index("[") + 1 : closing.index("]")]
    told = tell(*ITEMS, "alice@WR-1: /warroom close Done", f"alice@WR-1: [{label}]")
    assert told.understood
    assert "@alice closed WR-1 Slow checkout" in told.output


def test_a_form_opens_and_is_filled_in(tell: Tell) -> None:
    told = tell(
        "alice: /warroom open",
        "alice: {title: Slow checkout; severity: critical; people: bob, @陈晨; private: yes}",
        "bob@WR-1: hello",
        "陈晨@WR-1: 你好",
        as_json=True,
    )
    assert told.understood, told.complaints
    [form] = told.of("form")
    assert (form["to"], form["place"], form["lang"]) == ("alice", "general", "en")
    assert form["form"]["command"] == "warroom open"
    fields = {field["name"]: field for field in form["form"]["fields"]}
    assert fields["title"]["required"] is True
    assert {"value": "1", "label": "1 · critical"} in fields["severity"]["choices"]
    [invited] = told.of("invited")
    assert invited["people"] == ["alice", "bob", "陈晨"]
    [card] = [deed for deed in told.of("posted") if deed["place"] == "WR-1"]
    assert "Severity: 1 · critical" in card["text"]


def test_a_field_goes_by_its_label_and_a_choice_by_a_word(tell: Tell) -> None:
    told = tell(
        "陈晨: /warroom open",
        "陈晨: {What is the problem?: 支付超时; 级别: 严重; lead: alice}",
        "alice: hello",
    )
    assert told.understood, told.complaints
    assert "#wr-1-zhi-fu-chao-shi | WR-1 支付超时" in told.lines
    assert any("：1 " in line for line in told.lines if line.startswith("#wr-1-zhi"))
    assert any(line.endswith("：@alice") for line in told.lines if line.startswith("#wr-1-zhi"))


def test_a_form_that_is_refused_opens_again(tell: Tell) -> None:
    told = tell(
        "alice: /warroom open",
        "alice: {title: Slow; lead: nobody; severity: 7}",
        "alice: {lead: alice; severity: 2}",
        as_json=True,
    )
    assert told.understood, told.complaints
    again = told.of("form")[1]
    errors = {field["name"]: field["error"] for field in again["form"]["fields"] if field["error"]}
    assert set(errors) == {"lead", "severity"}
    assert "I do not know anybody called nobody here." in again["text"]
    assert told.of("channel")[0]["text"] == "New channel: WR-1 Slow"


def test_a_form_says_how_it_is_filled_in(tell: Tell) -> None:
    told = tell("alice: /decide")
    assert any(
        line.startswith("* Fill it in like this: alice: {title: …; why: …; instead_of: …")
        for line in told.lines
    )


def test_what_is_no_form_or_no_field_of_it(tell: Tell) -> None:
    told = tell("alice: {title: x}", "alice: /decide", "alice: {colour: red}", "alice: {title: x}")
    [first, second] = told.complaints.splitlines()
    assert first == "line 1: No form is open for alice."
    assert second.startswith("line 3: The form has no field colour, but title, why, instead_of, ")
    assert "Decision D-1 x" in told.output

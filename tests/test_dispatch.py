"""The door: what comes in is done once, entirely or not at all, and answered for certain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bootstrap import registry
from bot.core.chat import Quote, Tone
from bot.core.commands import dump
from bot.core.errors import Unavailable
from bot.core.events import MemberJoined
from bot.core.i18n import plain
from bot.core.platform import (
    Answer,
    Happened,
    Incoming,
    Pressed,
    Say,
    Sender,
    ShowForm,
    Submitted,
    Typed,
)
from bot.core.text import Reader
from bot.feature import Feature, Registry
from storage.tables import Person, Workspace
from tests.lab import ALICE, FEATURE, Hello, Lab, Posted, Rang, Secret
from tests.world import World

pytestmark = pytest.mark.anyio
CHINESE = Sender("U2", "李雷", "zh", "Asia/Shanghai")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    made = Lab()
    yield made
    await made.db.close()


def _words(answer: Answer) -> str:
    assert isinstance(answer.reply, Say), answer.reply
    return plain(answer.reply.card.title, answer.reader)


async def test_what_is_asked_is_done_and_answered(lab: Lab) -> None:
    answer = await lab.says("/lab hello Bob")
    assert _words(answer) == "Hello Bob"
    assert answer.reader == Reader("en", "UTC")
    assert await lab.timeline() == ["hello"]


async def test_the_same_delivery_twice_is_done_once(lab: Lab) -> None:
    assert _words(await lab.says("/lab hello Bob", delivery="x")) == "Hello Bob"
    again = await lab.says("/lab hello Bob", delivery="x")
    assert again.reply is None
    assert await lab.timeline() == ["hello"]


async def test_the_same_delivery_many_times_at_once_is_done_once(lab: Lab) -> None:
    answers = await asyncio.gather(*(lab.says("/lab hello Bob", delivery="x") for _ in range(20)))
    assert len([answer for answer in answers if answer.reply is not None]) == 1
    assert await lab.timeline() == ["hello"]


async def test_the_same_number_elsewhere_is_another_delivery(lab: Lab) -> None:
    await lab.says("/lab hello Bob", delivery="x")
    for platform, workspace in (("lab", "W2"), ("other", "W1")):
        incoming = Incoming(platform, workspace, "x", ALICE, Typed("/lab hello Bob"))
        assert _words(await lab.door.handle(incoming)) == "Hello Bob"
    assert await lab.timeline() == ["hello"] * 3
    assert len(await lab.rows(Workspace)) == 3


async def test_what_is_refused_leaves_nothing_but_its_delivery(lab: Lab) -> None:
    await lab.says("/lab hello Bob")
    before = [await lab.rows(each) for each in (Workspace, Person)]
    answer = await lab.says("/lab refuse", delivery="r")
    assert isinstance(answer.reply, Say)
    assert (answer.reply.card.tone, answer.reply.card.blocks) == (
        Tone.WARNING,
        (Quote("/lab refuse"),),
    )
    assert _words(answer) == "No."
    after = [await lab.rows(each) for each in (Workspace, Person)]
    assert [[row.model_dump() for row in rows] for rows in after] == [
        [row.model_dump() for row in rows] for rows in before
    ]
    assert await lab.counts() == (2, 0, 0)
    assert (await lab.says("/lab refuse", delivery="r")).reply is None, (
        "a redelivery is not refused twice"
    )


async def test_a_refusal_among_others_spoils_none_of_them(lab: Lab) -> None:
    texts = ["/lab hello Bob", "/lab refuse", "/lab hello Ann", "/nothing", "/lab hello Eve"]
    answers = await asyncio.gather(*(lab.says(text) for text in texts))
    assert [_words(answer)[:5] for answer in answers] == ["Hello", "No.", "Hello", "I do ", "Hello"]
    assert await lab.timeline() == ["hello"] * 3


async def test_a_fault_changes_nothing_and_has_a_reference(lab: Lab) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await lab.says("/lab boom", sender=CHINESE)
    assert isinstance(answer.reply, Say)
    assert answer.reader == Reader("zh", "Asia/Shanghai"), "in the person's own language"
    assert answer.reply.card.tone is Tone.DANGER
    assert answer.reply.card.blocks == (Quote("/lab boom"),)
    [log] = [log for log in logs if log["log_level"] == "error"]
    assert log["reference"] in _words(answer)
    assert await lab.counts() == (0, 0, 0), "so that it is done when it is delivered again"
    assert await lab.timeline() == []
    assert await lab.rows(Workspace) == []


async def test_features_that_set_each_other_off_are_stopped(lab: Lab) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await lab.says("/lab loop")
    assert "Something went wrong" in _words(answer)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["door.failed"]
    assert await lab.counts() == (0, 0, 0)


async def test_a_database_that_is_away_is_the_platforms_to_try_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(job: object) -> None:
        raise Unavailable

    monkeypatch.setattr(lab.db, "write", away)
    with pytest.raises(Unavailable):
        await lab.says("/lab hello Bob", delivery="x")
    monkeypatch.undo()
    assert _words(await lab.says("/lab hello Bob", delivery="x")) == "Hello Bob"


async def test_a_refusal_that_cannot_be_noted_is_no_answer(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = lab.db.write
    calls = iter([write])

    async def away(job: object) -> None:
        raise Unavailable

    def once(job: object) -> object:
        return next(calls, away)(job)  # type: ignore[arg-type]  # each takes a job

    monkeypatch.setattr(lab.db, "write", once)
    with pytest.raises(Unavailable):
        await lab.says("/lab refuse")


async def test_the_worker_is_woken_by_what_was_done_only(lab: Lab) -> None:
    woken: list[str] = []
    lab.door.wake = lambda: woken.append("x")
    await lab.says("/lab hello Bob")
    assert woken == ["x"]
    await lab.says("/lab refuse")
    assert woken == ["x"]


async def test_what_an_outcome_says_is_counted(lab: Lab) -> None:
    with structlog.testing.capture_logs():
        for text in ("/lab hello Bob", "/lab refuse", "/lab boom", "/nothing"):
            await lab.says(text)
    counted = {
        outcome: lab.door.metrics.deliveries.labels("lab", outcome)._value.get()
        for outcome in ("done", "refused", "failed", "unavailable")
    }
    assert counted == {"done": 1, "refused": 2, "failed": 1, "unavailable": 0}


# Text.


async def test_half_a_command_opens_its_form_and_changes_nothing(lab: Lab) -> None:
    answer = await lab.says("/lab hello")
    assert isinstance(answer.reply, ShowForm)
    assert answer.reply.form.command == "lab hello"
    assert await lab.timeline() == []


async def test_half_a_command_without_a_form_says_how_it_goes(lab: Lab) -> None:
    assert (
        _words(await lab.says("/lab bare"))
        == "Still needed: Word. It goes like this: /lab bare WORD"
    )


async def test_who_may_not_ask_is_not_asked_for_more(lab: Lab) -> None:
    await lab.says("/lab hello Bob")  # Alice is the first, and administers
    for text in ("/lab secret", "/lab secret word"):
        words = _words(await lab.says(text, sender=Sender("U9", "Mallory")))
        assert words == "Only people who administer this workspace can do that."
        assert (await lab.says(text)).reply is None or text == "/lab secret"
    assert await lab.timeline() == ["hello", "secret"]


# Buttons.


async def test_a_button_is_as_if_it_had_been_typed(lab: Lab) -> None:
    assert _words(await lab.sends(Pressed(dump(Hello(name="Bob"))))) == "Hello Bob"


async def test_a_button_that_opens_a_form(lab: Lab) -> None:
    answer = await lab.sends(Pressed({**dump(Hello(name="Bob")), "form": True}))
    assert isinstance(answer.reply, ShowForm)
    assert [each.value for each in answer.reply.form.fields] == ["Bob"]


async def test_a_button_that_lacks_something_opens_the_form(lab: Lab) -> None:
    answer = await lab.sends(Pressed(dump(Hello(name=""))))
    assert isinstance(answer.reply, ShowForm)


async def test_a_button_gives_nobody_more_than_they_may(lab: Lab) -> None:
    await lab.says("/lab hello Bob")
    for payload in (dump(Secret(word="x")), {**dump(Secret(word="x")), "form": True}):
        answer = await lab.sends(Pressed(payload), sender=Sender("U9", "Mallory"))
        assert "Only people who administer" in _words(answer)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "lab hello",
        {"do": "lab goodbye", "v": 1, "with": {}},
        {"do": "lab hello", "v": 99, "with": {"name": "Bob"}},
        {"do": "lab hello", "v": 1, "with": {}},
        {"do": "lab hello", "v": 1, "with": {"name": "x" * 21}},
        {"do": "lab hello", "v": 1, "with": {"name": "\x00"}},
        dump(Posted(where="C1")),
        dump(Rang()),
        {**dump(Rang()), "form": True},
        {"do": "lab timer", "v": 1, "with": {"minutes": 1e300}},
        {"do": "lab timer", "v": 1, "with": {"minutes": "NaN"}},
    ],
)
async def test_old_and_forged_buttons_are_told_kindly(lab: Lab, payload: object) -> None:
    words = _words(await lab.sends(Pressed(payload)))
    assert words.startswith("This button is from another version of Muster")
    assert await lab.timeline() == []


# Forms.


async def test_a_form_is_as_if_it_had_been_typed(lab: Lab) -> None:
    assert _words(await lab.sends(Submitted("lab hello", {"name": "Bob"}))) == "Hello Bob"


async def test_a_form_with_errors_comes_back_with_its_values(lab: Lab) -> None:
    answer = await lab.sends(Submitted("lab hello", {"name": "x" * 21}))
    assert isinstance(answer.reply, ShowForm)
    [field] = answer.reply.form.fields
    assert field.value == "x" * 21
    assert field.error is not None


async def test_a_form_that_is_refused_as_a_whole_says_so_above(lab: Lab) -> None:
    answer = await lab.sends(Submitted("lab refuse", {}))
    assert isinstance(answer.reply, ShowForm)
    assert answer.reply.form.intro is not None
    assert plain(answer.reply.form.intro, Reader()) == "No."


@pytest.mark.parametrize("path", ["lab goodbye", "lab posted", "lab rang", ""])
async def test_old_and_forged_forms_give_back_what_was_filled_in(lab: Lab, path: str) -> None:
    answer = await lab.sends(Submitted(path, {"a": "one", "b": "two\nthree", "c": ("U1",)}))
    assert isinstance(answer.reply, Say)
    assert _words(answer).startswith("This form is from another version of Muster")
    assert answer.reply.card.blocks == (Quote("one\ntwo\nthree"),)


async def test_a_form_for_some_is_not_for_others(lab: Lab) -> None:
    await lab.says("/lab hello Bob")
    answer = await lab.sends(Submitted("lab secret", {"word": ""}), sender=Sender("U9", "Mallory"))
    assert "Only people who administer" in _words(answer)


# Events.


async def test_an_event_that_nobody_minds(lab: Lab) -> None:
    answer = await lab.sends(Happened(MemberJoined("C1", "U1")))
    assert answer.reply is None
    assert await lab.counts() == (1, 0, 0)


# Anything at all.

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
COMMANDS = registry().commands
PATHS = st.sampled_from(sorted(COMMANDS)) | TEXT


@st.composite
def _payloads(draw: st.DrawFn) -> object:
    """What looks like a button of a real command, its values of about the right kind."""
    path = draw(st.sampled_from(sorted(COMMANDS)))
    keys = st.fixed_dictionaries(
        {"number": st.integers(-(10**12), 10**12)}, optional={"room": st.integers(-3, 10**12)}
    )
    value = st.one_of(
        TEXT,
        st.integers(),
        st.floats(),
        st.booleans(),
        keys,
        st.lists(st.integers(), max_size=2),
        st.just("2026-11-24T00:00:00"),
    )
    names = [param.name for param in COMMANDS[path].spec.params]
    values = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, value)))
    return {"do": path, "v": draw(st.integers(0, 2)), "with": values, "form": draw(st.booleans())}


SENT = st.one_of(
    st.builds(Typed, TEXT),
    st.builds(lambda path, rest: Typed(f"/{path} {rest}"), PATHS, TEXT),
    st.builds(Pressed, JSON),
    st.builds(Pressed, _payloads()),
    st.builds(
        Submitted,
        PATHS,
        st.dictionaries(
            TEXT | st.sampled_from(["title", "text", "people", "room", "item"]),
            TEXT | st.lists(TEXT, max_size=2).map(tuple),
            max_size=5,
        ),
        st.dictionaries(TEXT | st.sampled_from(["room", "item", "lead"]), TEXT, max_size=3),
    ),
)


@pytest.fixture(scope="module")
def everything() -> Iterator[World]:
    """Muster as it is, in one world for all the examples."""
    with World() as made:
        made.is_abandoned = True
        alice = made.person("Alice")
        alice.says("/warroom open Payments").text  # noqa: B018  read
        yield made


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(what=SENT)
def test_whatever_comes_is_answered(everything: World, what: Typed | Pressed | Submitted) -> None:
    answer = everything.person("Alice").sends(what, everything.room("WR-1"))
    faults = [log for log in everything._logs if log["log_level"] == "error"]
    everything._logs.clear()  # type: ignore[attr-defined]  # it is a list
    assert not faults, faults
    assert answer.reader.lang == "en"


def test_two_capabilities_of_one_name() -> None:
    other = Feature("other", commands={Hello: FEATURE.commands[Hello]})
    with pytest.raises(ValueError, match="'lab hello' is claimed twice"):
        Registry((FEATURE, other))

"""Whatever Muster does in the town is told of, and shown."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.playground.messages import Where
from adapters.playground.places import Message
from adapters.playground.town import Town
from bot.core.chat import line
from bot.core.clock import MovableClock
from bot.core.effects import (
    Address,
    DirectMessage,
    Effect,
    Home,
    Invite,
    PostCard,
    RedrawCard,
    SendFile,
    User,
)
from bot.core.platform import Answer, Redraw
from bot.core.text import Reader, t
from bot.terminal.printer import TextPrinter
from bot.terminal.show import Teller, as_json
from bot.terminal.stage import Deed, Kind, Stage

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ENGLISH = Reader("en", "UTC")


class Place:
    """A stage with Alice on it, and what was told."""

    def __init__(self) -> None:
        self.town = Town()
        self.alice = self.town.people.add("alice")
        self.deeds: list[Deed] = []
        self.stage = Stage(self.town, MovableClock(NOW, frozen=True), self.deeds.append)
        self.teller = Teller(self.town, ENGLISH)

    def perform(self, effect: Effect) -> Deed:
        asyncio.run(self.stage.perform(effect, "key"))
        [deed] = self.deeds
        return deed

    def shown(self, deed: Deed) -> str:
        out = io.StringIO()
        TextPrinter(out, self.teller, ENGLISH).deed(deed, 1)
        return out.getvalue()


@pytest.fixture
def place() -> Place:
    return Place()


GENERAL = Address("playground", "playground", "C1")
ALICE = User("playground", "playground", "alice")


def test_a_direct_message(place: Place) -> None:
    deed = place.perform(DirectMessage(ALICE, line(t("Good morning")), ENGLISH))
    assert (deed.kind, deed.to) == (Kind.DM, place.alice)
    assert place.shown(deed) == "@alice | Good morning\n"
    assert as_json(deed, place.teller, 1, None)["place"] == "dm"


def test_people_who_cannot_come_are_named(place: Place) -> None:
    deed = place.perform(Invite(GENERAL, ("alice", "ghost")))
    assert place.shown(deed) == "#general | In the channel: alice; not ghost\n"
    assert as_json(deed, place.teller, 1, None)["refused"] == {"ghost": "user_not_found"}


def test_a_redrawing_never_gets_here(place: Place) -> None:
    receipt = asyncio.run(place.stage.perform(PostCard(GENERAL, line(t("x")), ENGLISH), "a"))
    with pytest.raises(TypeError):
        place.stage._done(RedrawCard(GENERAL, receipt.id, "x:1", ENGLISH), receipt)


def test_a_file_in_a_channel_that_is_no_text(place: Place, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.write_bytes(b"\xff\xfe\x00")
    effect = SendFile(GENERAL, "x", {}, "../sheet.xlsx", t("Here it is"), ENGLISH)
    asyncio.run(place.stage.send_file(effect, "key", content))
    [deed] = place.deeds
    assert place.shown(deed).splitlines() == [
        "#general | Here it is",
        "#general | [../sheet.xlsx, 3 bytes]",
    ]
    out, folder = io.StringIO(), tmp_path / "files"
    TextPrinter(out, place.teller, ENGLISH, folder).deed(deed, 1)
    assert [file.name for file in folder.iterdir()] == ["sheet.xlsx"]
    values = as_json(deed, place.teller, 1, folder / "sheet.xlsx")
    assert values["file"]["text"] is None


def test_an_answer_that_replaces_the_card_is_an_update(place: Place) -> None:
    card: Message = place.town.messages.post(Where("C1"), line(t("Before")), NOW)
    answer = Answer(Redraw(line(t("After"))), ENGLISH)
    place.stage._show(answer, place.alice, Where("C1"), card)
    [deed] = place.deeds
    assert (deed.kind, deed.to) == (Kind.UPDATED, None)
    assert place.shown(deed) == "#general ~ After\n"


def test_an_empty_card_is_shown_as_its_place(place: Place) -> None:
    deed = place.perform(PostCard(GENERAL, line(t("{x}", x="")), ENGLISH))
    assert place.shown(deed) == "#general | \n"


def test_every_home_is_a_place(place: Place) -> None:
    from bot.core.effects import CreateChannel

    made = CreateChannel(Home("playground", "playground"), "wr-7-x", "WR-7 Slow checkout")
    deed = place.perform(made)
    assert as_json(deed, place.teller, None, None)["place"] == "WR-7"

"""The decision log of a room: left there when it closes, its link at hand, or a document."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bot.core.effects import Bookmark, Receipt, SendFile
from bot.core.errors import Permanent
from tests.world import Actor, Place, World


@pytest.fixture
def decided(room: Place, bob: Actor) -> Place:
    bob.says("/decide Roll back", room).hears_nothing()
    room.skips()
    return room


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> list[SendFile]:
    """Every file that was sent, on a platform that says where it can be opened."""
    found: list[SendFile] = []
    send = world.playground.send_file

    async def send_file(effect: SendFile, key: str, content: Path) -> Receipt:
        found.append(effect)
        receipt = await send(effect, key, content)
        return Receipt(receipt.id, link=f"https://files.example/{len(found)}")

    monkeypatch.setattr(world.playground, "send_file", send_file)
    return found


def bookmarks(world: World) -> list[tuple[str, str]]:
    return [(each.title, each.url) for each in world.tried if isinstance(each, Bookmark)]


def test_the_link_is_at_hand_and_later_exports_move_it(
    world: World, decided: Place, bob: Actor, sent: list[SendFile]
) -> None:
    for number in (1, 2):
        bob.says("/export decisions", decided).hears_nothing()
        decided.expects("exported")
        link = ("Decision log", f"https://files.example/{number}")
        assert bookmarks(world)[-1] == link
    bob.says("/export decisions --format csv", decided).hears_nothing()
    decided.expects("exported")
    bob.dms("/export decisions").hears_nothing()
    bob.hears("exported")
    assert len(bookmarks(world)) == 2


def test_in_a_chinese_room_it_is_called_so(
    world: World, alice: Actor, sent: list[SendFile]
) -> None:
    alice.dms("/warroom open 支付 --language zh").hears("Opening")
    room = world.room("WR-1")
    room.skips()
    alice.says("/导出 决策 --到 文档", room).hears_nothing()
    room.skips()
    assert bookmarks(world) == [("决策记录", "https://files.example/1")]
    assert sent[0].as_document
    assert sent[0].filename == "decisions-WR-1.md"


def test_a_bookmark_that_cannot_be_set_is_no_misfortune(
    world: World, decided: Place, bob: Actor, sent: list[SendFile]
) -> None:
    world.fails(Bookmark, Permanent("not_allowed"))
    bob.says("/export decisions", decided).hears_nothing()
    decided.expects("exported")


def test_closing_leaves_the_log_once(
    world: World, decided: Place, alice: Actor, bob: Actor, sent: list[SendFile]
) -> None:
    bob.says("/export decisions", decided).hears_nothing()
    decided.expects("exported")
    alice.says("/warroom close Fixed", decided).hears_nothing()
    decided.expects("@Alice closed WR-1")
    assert len(sent) == 1, "it has all of them"
    alice.says("/warroom reopen It is back", decided).hears_nothing()
    alice.says("/decide Roll forward", decided).hears_nothing()
    decided.skips()
    alice.says("/warroom close Fixed again", decided).hears_nothing()
    decided.expects("@Alice closed WR-1")
    assert "Roll forward" in world.file(decided.expects("The decisions of WR-1 Payment timeouts"))
    assert len(sent) == 2


def test_without_decisions_there_is_no_log(room: Place, alice: Actor, sent: list[SendFile]) -> None:
    alice.says("/warroom close Fixed", room).hears_nothing()
    room.expects("@Alice closed WR-1")
    assert sent == []


@pytest.mark.parametrize("is_asked", [True, False])
def test_an_export_that_fails_is_told(
    world: World,
    decided: Place,
    alice: Actor,
    bob: Actor,
    is_asked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def send_file(*_: object) -> Receipt:
        raise Permanent("not_allowed")

    monkeypatch.setattr(world.playground, "send_file", send_file)
    if is_asked:
        bob.says("/export decisions", decided).hears_nothing()
        bob.hears("The decisions could not be delivered: the platform does not allow it")
    else:
        alice.says("/warroom close Fixed", decided).hears_nothing()
        decided.expects("closed")
        alice.hears("The decisions could not be delivered")


def test_some_of_the_decisions_are_not_the_log(
    world: World, decided: Place, alice: Actor, bob: Actor, sent: list[SendFile]
) -> None:
    bob.says("/export decisions --find roll", decided).hears_nothing()
    assert "Roll back" in world.file(decided.expects("exported the decisions"))
    assert bookmarks(world) == []
    alice.says("/warroom close Fixed", decided).hears_nothing()
    decided.expects("@Alice closed WR-1")
    decided.expects("The decisions of WR-1")
    assert len(sent) == 2, "closing leaves all of them"


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full"),
        (Permanent("too_many_files"), "there are too many decisions for a folder"),
    ],
)
def test_what_cannot_be_written_is_told_to_who_asked(
    world: World, decided: Place, bob: Actor, failure: Exception, why: str
) -> None:
    def fill(*_: object) -> int:
        raise failure

    world.muster.registry.exports["decisions"] = fill
    bob.dms("/export decisions").hears_nothing()
    bob.hears("The decisions could not be delivered", why)
    bob.says("/export decisions --status accepted", decided).hears_nothing()
    bob.hears("The decisions could not be delivered", why)
    decided.expects_nothing()

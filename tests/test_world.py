"""The world checks itself: a test that forgets something fails, and says what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog

from bot.core.effects import CreateChannel, Invite, PostCard
from bot.core.errors import Permanent, Temporary
from tests.world import CHINESE, START, World


def test_a_story_that_is_told_to_its_end() -> None:
    with World() as world:
        alice, bob = world.person("Alice"), world.person("Bob")
        said = alice.says("/warroom open Payments --severity 1 @Bob").hears("Opening WR-1")
        assert said.text.startswith("Opening WR-1 Payments")
        room = world.room("WR-1")
        room.expects("WR-1 Payments", "critical")
        world.channel("general").expects("War room WR-1")
        bob.presses("Add an item", room).fills(text="Check the logs", due="3d").hears_nothing()
        room.expects("@Bob added WR-1-1 Check the logs")
        world.advance(hours=26)
        assert (world.clock.now() - START).total_seconds() == 26 * 3600
        room.expects_nothing()


def _tell(story: Callable[[World], object]) -> None:
    with World() as world:
        story(world)


def _unheard(world: World) -> None:
    world.person("Alice").says("/muster whoami")


def _unread(world: World) -> None:
    world.person("Alice").says("/warroom open Payments").hears("Opening")
    world.room("WR-1").skips()


def _unread_alone(world: World) -> None:
    world.fails(CreateChannel, Permanent("not_allowed"))
    world.person("Alice").dms("/warroom open Payments").hears("Opening")


def _unfinished(world: World) -> None:
    world.fails(CreateChannel, Temporary(retry_after=3600))
    world.person("Alice").dms("/warroom open Payments").hears("Opening")


def _broken(_: World) -> None:
    try:
        print(1 / 0)
    except ZeroDivisionError:
        structlog.get_logger().exception("something.broke")


def _failing(world: World) -> None:
    _unheard(world)
    raise LookupError


@pytest.mark.parametrize(
    ("story", "complaint"),
    [
        (_unheard, "nobody expected:\\nYou are Alice"),
        (_unread, "nobody expected:\\nWar room WR-1"),
        (_unread_alone, "nobody expected:\\nWR-1 Payments could not be opened"),
        (_unfinished, "waiting"),
        (_broken, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_left_over_fails(story: Callable[[World], object], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        _tell(story)


def test_an_error_that_is_meant_does_not() -> None:
    with World() as world:
        world.meant_errors.add("something.broke")
        structlog.get_logger().error("something.broke")


def test_a_story_that_has_failed_is_not_blamed_for_its_end() -> None:
    with pytest.raises(LookupError):
        _tell(_failing)


def test_what_is_asked_for_and_not_there_is_said(world: World) -> None:
    alice = world.person("Alice")
    said = alice.says("/muster whoami").hears("You are Alice")
    general = world.channel("general")
    for wrong in (
        lambda: said.hears("You are Bob"),
        said.hears_nothing,
        lambda: said.form,
        lambda: alice.presses("Join", general),
        lambda: general.expects("War room"),
        lambda: world.room("WR-1"),
        lambda: world.channel("nowhere"),
        lambda: general.pinned,
    ):
        with pytest.raises(AssertionError):
            wrong()
    with pytest.raises(AssertionError, match=r"the form has no \{'x'\}"):
        alice.says("/warroom").fills(x="1")
    with pytest.raises(AssertionError):
        alice.says("/warroom").hears("a form, not an answer")


def test_a_message_is_read_once(world: World) -> None:
    alice = world.person("Alice")
    alice.says("/warroom open Payments").hears("Opening")
    world.room("WR-1").skips()
    general = world.channel("general")
    general.expects("War room WR-1")
    with pytest.raises(AssertionError, match="unread:\nnothing"):
        general.expects("War room WR-1")


def test_each_reads_in_their_own_language(world: World) -> None:
    chen = world.person("陈工", lang="zh", zone="Asia/Shanghai")
    assert "陈工" in chen.dms("/muster whoami").text
    assert chen.reader == CHINESE


def test_time_stops_at_what_is_due(world: World) -> None:
    alice = world.person("Alice")
    alice.dms("/warroom open Payments").hears("Opening")
    room = world.room("WR-1")
    alice.says("/warroom status --next 2h", room).hears_nothing()
    room.skips()
    world.at("2026-11-24 09:00", "Asia/Shanghai")
    due = room.expects("The promised update is due")
    assert due.at.isoformat() == "2026-11-23T03:00:00+00:00", "when it was due, not when we looked"


def test_troubles_come_one_after_the_other(world: World) -> None:
    alice, bob = world.person("Alice"), world.person("Bob")
    world.fails(Invite, Temporary(retry_after=1), Permanent("not_allowed"))
    world.turns_away(bob, "user_disabled")
    alice.dms("/warroom open Payments @Bob").hears("Opening")
    world.advance(seconds=1)
    alice.hears("could not be opened", "the platform does not allow it")
    alice.presses("Retry", alice.direct).hears("Trying again")
    room = world.room("WR-1")
    room.expects("Could not be invited: Bob (account deactivated)")
    assert room.members == {alice.id}
    kinds = [type(effect) for effect in world.tried]
    assert kinds.count(Invite) == 3
    assert kinds.count(PostCard) == 1


def test_everything_in_the_database_can_be_compared(world: World) -> None:
    alice = world.person("Alice")
    alice.says("/muster whoami").hears("Alice")
    before = world.rows()
    alice.says("/muster whoami").hears("Alice")
    assert world.rows() == before, "that it was delivered does not count"
    alice.dms("/decide We deploy on Tuesdays").hears("D-1")
    assert {name for name, rows in world.rows().items() if rows != before[name]} == {
        "decision",
        "decision_event",
        "decision_words",
        "timeline",
        "workspace",
    }

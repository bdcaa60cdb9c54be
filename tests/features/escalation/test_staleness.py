"""What counts as activity, what does not, and what else goes stale."""

from __future__ import annotations

import pytest

from bot.core.events import BlockerNamed, ItemReported, Missed, Settled
from bot.core.text import t
from storage import identity
from tests.features.escalation.conftest import Group
from tests.world import Actor, World

SHANGHAI = "Asia/Shanghai"


def _id(world: World, actor: Actor) -> int:
    name = world.town.people.get(actor.id).name
    [person] = world.read(lambda tx: identity.named(tx, tx.workspace, name))
    return int(person.id)


@pytest.fixture
def item(world: World, group: Group) -> Group:
    """WR-1-1 is Bob's, of Monday 23 November, 09:00; it would be stale on Monday at 18:00."""
    group.alice.says("/item add Check the logs --owner @Bob", group.room).hears_nothing()
    group.room.skips()
    return group


@pytest.mark.parametrize(
    ("who", "said", "counted"),
    [
        ("bob", "/item block 1 The vendor is silent", "blocked"),
        ("bob", "/item due 1 2026-12-24 17:00", "its date was set"),
        ("alice", "/item assign 1 @陈工", "given to its owner"),
        ("bob", "/decide We take the gateway of WR-1-1", "named in a decision"),
        ("bob", "/warroom note WR-1-1 waits for a restart", "named in its owner's note"),
    ],
)
def test_what_counts_is_shown_with_its_time(
    world: World, item: Group, who: str, said: str, counted: str
) -> None:
    world.at("2026-11-23 17:00", SHANGHAI)
    getattr(item, who).says(said, item.room)
    item.room.skips()
    item.chen.direct.skips()
    told = item.alice.says("/escalate why 1", item.room)
    told.hears(
        f"Last activity that counts: {counted}, Mon 23 Nov 2026, 17:00. Chatter does not count.",
        "The policy Severity 3 says: stale after 1 working day, by the calendar of WR-1",
        "It is not stale. If nothing happens it climbs at Tue 24 Nov 2026, 17:00.",
    )
    world.at("2026-11-24 16:59", SHANGHAI)
    item.bob.direct.expects_nothing()
    item.chen.direct.expects_nothing()


@pytest.mark.parametrize(
    ("who", "said"),
    [("alice", "/warroom note WR-1-1 looks odd"), ("bob", "/warroom note The weather is fine")],
)
def test_chatter_does_not_count(world: World, item: Group, who: str, said: str) -> None:
    world.at("2026-11-23 17:00", SHANGHAI)
    getattr(item, who).says(said, item.room)
    item.bob.writes("What about WR-1-1?", item.room)
    item.room.skips()
    item.alice.says("/escalate why 1", item.room).hears(
        "Last activity that counts: added, Mon 23 Nov 2026, 09:00"
    )
    world.at("2026-11-24 09:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs: has not moved since Mon 23 Nov 2026, 09:00")


def test_an_answer_in_a_standup_counts(world: World, item: Group) -> None:
    world.at("2026-11-23 17:00", SHANGHAI)
    room, bob = 1, _id(world, item.bob)
    item.bob.says("/item block 1 The vendor is silent", item.room)
    world.at("2026-11-23 17:30", SHANGHAI)
    item.bob.reports(ItemReported(room, 1, bob, "blocked", "The vendor is silent"))
    item.room.skips()
    item.alice.says("/升级 为什么 1", item.room).hears(
        "Last activity that counts: spoken of in a stand-up, Mon 23 Nov 2026, 17:30"
    )
    item.chen.says("/升级 为什么 1", item.room).hears(
        "最近一次算数的进展：站会上提到，2026年11月23日 周一 17:30"
    )


def test_it_is_overdue_before_it_is_quiet(world: World, group: Group) -> None:
    group.alice.says(
        "/item add Ship --owner @Bob --due 2026-11-23 11:00", group.room
    ).hears_nothing()
    group.room.skips()
    world.at("2026-11-23 11:05", SHANGHAI)
    group.bob.hears(
        "WR-1-1 Ship: overdue since Mon 23 Nov 2026, 11:00", "Due: Mon 23 Nov 2026, 11:00"
    )


def test_an_item_whose_date_has_passed_is_overdue_though_it_moved(
    world: World, group: Group
) -> None:
    group.alice.says(
        "/item add Ship --owner @Bob --due 2026-11-23 11:00", group.room
    ).hears_nothing()
    world.at("2026-11-23 10:59", SHANGHAI)
    group.bob.says("/item block 1 Nearly there", group.room)
    group.room.skips()
    world.at("2026-11-23 11:05", SHANGHAI)
    group.bob.hears("WR-1-1 Ship: overdue since Mon 23 Nov 2026, 11:00")


def test_a_promised_update_that_did_not_come(world: World, group: Group) -> None:
    """Its lead is asked; an update settles it, on the card as well."""
    group.alice.says("/warroom status --next 2026-11-23 10:00", group.room)
    group.room.skips()
    world.at("2026-11-23 10:05", SHANGHAI)
    group.room.skips()
    group.alice.hears(
        "the promised update of WR-1: missed since Mon 23 Nov 2026, 10:00",
        "You are asked because it is yours.",
    )
    group.alice.says("/warroom status mitigating It is mitigated", group.room)
    group.room.skips()
    [card] = world.messages(group.alice.direct.id)[-1:]
    assert "nothing to be done any more" in world.words(card)
    world.advance(days=10)
    group.dora.direct.expects_nothing()


def test_a_proposal_past_its_deadline(world: World, group: Group) -> None:
    """Whatever else is promised and announced as missed climbs, until it is settled."""
    what = t("proposal PD-1")
    group.bob.reports(Missed("proposal", 7, 1, what, _id(world, group.bob)))
    world.advance(minutes=5)
    group.bob.hears("proposal PD-1: missed since", "[On it] [Need help…] [Snooze…]")
    group.bob.presses("On it", group.bob.direct).hears("You are on it until")
    group.bob.reports(Settled("proposal", 7))
    world.advance(days=10)
    group.alice.direct.expects_nothing()


def test_a_blocker_named_in_three_standups_running(world: World, group: Group) -> None:
    group.bob.says("/item add The vendor is silent --kind blocker --owner @Bob", group.room)
    group.bob.says("/item block 1 The vendor is silent", group.room)
    group.room.skips()
    bob = _id(world, group.bob)
    for day in (23, 24, 25):
        world.at(f"2026-11-{day} 10:00", SHANGHAI)
        group.bob.direct.expects_nothing()
        for _ in range(2):  # said twice in one day is said once
            group.bob.reports(BlockerNamed(1, bob, "The vendor is silent"))
            group.bob.reports(ItemReported(1, 1, bob, "blocked", "still"))
        group.room.skips()
    world.at("2026-11-25 10:05", SHANGHAI)
    group.bob.hears("WR-1-1 The vendor is silent: named in 3 stand-ups running")


def test_a_blocker_named_with_a_day_between_has_to_be_named_anew(
    world: World, group: Group
) -> None:
    group.bob.says("/item add The vendor is silent --kind blocker --owner @Bob", group.room)
    group.bob.says("/item block 1 The vendor is silent", group.room)
    group.room.skips()
    bob = _id(world, group.bob)
    for day in (23, 24, 26):
        world.at(f"2026-11-{day} 08:59", SHANGHAI)
        group.bob.reports(BlockerNamed(1, bob, "The vendor is silent"))
    group.bob.direct.skips()
    world.at("2026-11-26 09:30", SHANGHAI)
    group.room.skips()
    group.bob.direct.expects_nothing()


def test_what_was_reopened_is_watched_again(world: World, item: Group) -> None:
    item.bob.says("/item done 1", item.room)
    item.alice.says("/escalate why 1", item.room).hears("It is done, so nobody is asked.")
    world.at("2026-11-26 10:00", SHANGHAI)
    item.alice.says("/item reopen 1", item.room)
    item.room.skips()
    item.alice.says("/escalate why 1", item.room).hears(
        "reopened, Thu 26 Nov 2026, 10:00", "climbs at Fri 27 Nov 2026, 10:00"
    )
    world.at("2026-11-27 10:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs: has not moved since Thu 26 Nov 2026, 10:00")


def test_a_closed_room_climbs_no_more_and_a_reopened_one_does(world: World, item: Group) -> None:
    world.at("2026-11-24 09:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs")
    item.alice.says("/warroom close Fixed --anyway", item.room)
    item.room.skips()
    item.alice.dms("/escalate why WR-1-1").hears("Its room is closed, so nobody is asked.")
    item.alice.dms("/escalate WR-1-1").hears("WR-1-1 is closed: there is nothing to escalate.")
    world.advance(days=5)
    item.bob.direct.expects_nothing()
    item.alice.dms("/warroom reopen WR-1 It is back")
    world.channel("general").skips()
    item.room.skips()
    item.alice.direct.skips()
    item.alice.dms("/escalate why WR-1-1").hears("Last activity that counts: reopened")


def test_a_graver_severity_is_sooner_stale(world: World, item: Group) -> None:
    item.alice.says("/warroom severity 2", item.room)
    item.room.skips()
    item.alice.says("/escalate why 1", item.room).hears(
        "The policy Severity 2 says: stale after 4 h of working time",
        "climbs at Mon 23 Nov 2026, 13:00",
    )
    world.at("2026-11-23 13:05", SHANGHAI)
    item.bob.hears("WR-1-1 Check the logs", "Next: @陈工 (backup), Mon 23 Nov 2026, 15:10")


def test_who_is_quiet_for_days_is_passed_over_until_then(world: World, group: Group) -> None:
    """Dora's hours never meet those of the room: whoever cannot be asked for long is no step."""
    world.person("Dora").dms("/escalate quiet 0:00-23:59").hears("Your quiet hours")
    group.alice.says("/item add Check the logs --owner @Dora", group.room)
    group.room.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.alice.hears("WR-1-1 Check the logs", "@Dora (owner) passed over: not at work")
    group.dora.direct.skips()


def test_one_person_in_two_roles_is_asked_once_a_lap(world: World, group: Group) -> None:
    group.alice.says("/item add Check the logs --owner @Alice", group.room)
    group.room.skips()
    world.at("2026-11-24 09:05", SHANGHAI)
    group.alice.hears("because it is yours")
    world.at("2026-11-25 09:15", SHANGHAI)
    group.bob.says("/escalate why 1", group.room).hears("(lead) passed over: asked already")
    group.alice.direct.skips()

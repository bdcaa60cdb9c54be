"""Policies: shown, edited by form, loaded from a file; a climb that runs keeps its own."""

from __future__ import annotations

import pytest

from adapters.playground.messages import Where
from bot.core.i18n import plain
from bot.core.platform import encode
from bot.features.escalation.choices import keep
from bot.features.escalation.files import BadFile, read_policies
from bot.features.escalation.policy import DEFAULTS, BadPolicy, Wait, choose, from_data, to_data
from tests.actors import ENGLISH, Said, buttons_of
from tests.features.escalation.conftest import Group
from tests.world import World

SHANGHAI = "Asia/Shanghai"

GOOD = """\
# Ours, looked at before the defaults.
policies:
  - name: payments
    severity: [2, 3]
    kind: [action, blocker]
    room: [WR-1]
    stale_after: 2h
    steps:
      - whom: owner
        how: [direct, thread]
      - whom: sponsor
        after: 1h wall
    repeat: 0
    on_it: 4h
    snoozes: 1
    longest_snooze: 3
  - name: risks
    kind: risk
    stale_after: 5d
    steps: [{whom: lead}]
    ignores_quiet_hours: yes
"""


def test_the_defaults_are_sensible_and_shown(world: World, group: Group) -> None:
    group.bob.dms("/escalate policy").hears(
        "Who is asked, when: the first policy that fits holds",
        "— Severity 1 —",
        "Stale after 1 h by the clock",
        "owner: at once, direct message and with an alarm",
        "backup: after 30 min by the clock",
        "It asks at any hour, quiet or not.",
        "Stale after 4 h of working time",
        "lead: after 2 h of working time, direct message and in the room",
        "Then once more after 1 working day; then the ops channel is told.",
    )
    group.chen.dms("/升级 策略").hears("负责人：马上，私信 和 加急", "发起人：2 小时")
    for severity in (1, 2, 3, 4):
        assert choose((), severity, "risk", 7).name == f"severity {severity}"


@pytest.mark.parametrize("policy", DEFAULTS, ids=str)
def test_a_policy_is_written_and_read_alike(policy: object) -> None:
    assert from_data(to_data(policy)) == policy  # type: ignore[arg-type]


def test_a_file_is_read(world: World) -> None:
    payments, risks = read_policies(GOOD)
    assert payments.fits(2, "action", 1)
    assert not payments.fits(2, "action", 2)
    assert not payments.fits(1, "action", 1)
    assert not payments.fits(2, "risk", 1)
    assert [str(each.after) for each in payments.steps] == ["0h", "1h wall"]
    assert risks.ignores_quiet_hours
    assert read_policies(GOOD.replace("policies:\n", "")) == (payments, risks)


def test_the_form_changes_a_severity(world: World, group: Group) -> None:
    group.bob.dms("/escalate edit 3 --stale 2d").hears("Only people who administer")
    assert "Edit…" not in group.bob.dms("/escalate policy").text
    group.olga.dms("/escalate edit 3").hears("Say what is to change.")
    shown = group.olga.dms("/escalate policy").answer
    assert shown is not None
    third = [each for each in buttons_of(shown.card) if plain(each.label, ENGLISH) == "Edit…"][2]
    pressed = world.run(world.playground.press(group.olga.id, shown.id, encode(third)))
    form = Said(group.olga, Where(shown.channel), pressed)
    assert form.value("stale") == "1d"
    assert form.value("steps") == "owner direct\nlead 1d direct\nmanager 2d direct"
    assert form.value("repeat") == "1"
    again = form.fills(severity="3", stale="never", steps="owner\nlead 2h")
    assert again.field_error("stale") == "A length of time looks like 30m, 4h, 2d, 1h wall."
    again = again.fills(stale="2h", steps="owner\nnobody 2h")
    assert "whom is one of owner, backup, lead, manager, sponsor" in again.field_error("steps")
    again = again.fills(steps="owner\nlead")
    assert "A length of time looks like" in again.field_error("steps")
    again.fills(steps="owner direct thread\nlead 2h wall", repeat="0").hears(
        "The policy of severity 3 is changed. What climbs already keeps its own."
    )
    group.bob.dms("/escalate policy").hears(
        "Stale after 2 h of working time",
        "owner: at once, direct message and in the room",
        "lead: after 2 h by the clock",
    )
    group.olga.dms("/escalate edit 3 --reset").hears("is the default again")
    assert "2 h by the clock, direct message\n" not in group.bob.dms("/escalate policy").text


def test_a_climb_keeps_the_policy_that_it_began_with(world: World, group: Group) -> None:
    group.alice.says("/item add Early --owner @Bob", group.room)
    world.advance(minutes=30)
    group.alice.says("/item add Late --owner @Bob", group.room)
    group.room.skips()
    world.at("2026-11-24 09:06", SHANGHAI)
    group.bob.hears("WR-1-1 Early", "Next: @Alice (lead), Wed 25 Nov 2026, 09:10")
    group.olga.dms("/escalate edit 3 --stale 2d --steps 'owner; manager 1h'").hears("is changed")
    group.alice.says("/escalate why 2", group.room).hears(
        "stale after 2 working days", "climbs at Wed 25 Nov 2026, 09:30"
    )
    group.alice.says("/escalate why 1", group.room).hears("stale after 1 working day,")
    world.at("2026-11-25 09:10", SHANGHAI)
    group.alice.hears("WR-1-1 Early", "because you lead")
    world.at("2026-11-25 09:35", SHANGHAI)
    group.bob.hears("WR-1-2 Late", "Next: @Dora (manager), Wed 25 Nov 2026, 10:40")


def test_a_shorter_policy_makes_stale_what_has_rested_longer(world: World, group: Group) -> None:
    group.alice.says("/item add Early --owner @Bob", group.room)
    group.room.skips()
    world.at("2026-11-23 15:00", SHANGHAI)
    group.olga.dms("/escalate edit 3 --stale 2h").hears("is changed")
    world.at("2026-11-23 15:05", SHANGHAI)
    group.bob.hears("WR-1-1 Early: has not moved since Mon 23 Nov 2026, 09:00")


def test_what_a_file_says_is_shown_and_holds(world: World, group: Group) -> None:
    world.read(lambda tx: keep(tx, read_policies(GOOD), None))
    group.bob.dms("/escalate policy").hears(
        "payments · severity 2, 3 · action, blocker · WR-1",
        "sponsor: after 1 h by the clock",
        "risks · risk",
    )
    group.alice.says("/item add Leak --kind risk --owner @Bob", group.room)
    group.alice.says("/item add Check the logs --owner @Bob", group.room)
    group.room.skips()
    group.alice.says("/escalate why 1", group.room).hears("The policy risks says: stale after 5")
    group.alice.says("/escalate why 2", group.room).hears("The policy payments says: stale after 2")
    world.at("2026-11-23 11:05", SHANGHAI)
    group.bob.hears("WR-1-2 Check the logs", "Next: the ops channel")
    group.room.expects("WR-1-2 Check the logs", "@Bob (owner) is asked.")
    group.bob.presses("On it", group.bob.direct).hears("You are on it until")
    group.alice.says("/escalate preview 1d", group.room).hears("@Bob is reminded")


BROKEN = {
    "no YAML": ("- name: [a\n", 2, "This is no YAML"),
    "no list": ("name: a\nsteps: []\n", 1, "A file of policies is a list of policies"),
    "empty": ("", 1, "A file of policies is a list of policies"),
    "no steps": ("- name: a\n  stale_after: 1d\n  steps: []\n", 3, "needs at least one step"),
    "steps missing": ("- name: a\n  stale_after: 1d\n", 1, "needs at least one step"),
    "no name": ("- stale_after: 1d\n  steps: [{whom: owner}]\n", 1, "needs a name"),
    "wait of zero": (
        "- name: a\n  stale_after: 0h\n  steps: [{whom: owner}]\n",
        2,
        "A wait is at least 5 minutes and at most 60 days",
    ),
    "wait of a year": (
        "- name: a\n  stale_after: 1d\n  steps: [{whom: owner}, {whom: lead,\n  after: 365d}]\n",
        4,
        "A wait is at least 5 minutes and at most 60 days",
    ),
    "a wait in words": (
        "- name: a\n  stale_after: soon\n  steps: [{whom: owner}]\n",
        2,
        "A length of time looks like 30m, 4h, 2d, 1h wall",
    ),
    "nobody": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - whom: cat\n",
        4,
        "whom is one of owner, backup, lead, manager, sponsor",
    ),
    "by pigeon": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - whom: owner\n      how: pigeon\n",
        5,
        "how is one of thread, direct, urgent",
    ),
    "first one waits": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - {whom: owner, after: 1h}\n",
        4,
        "The first step is taken when a thing is stale: it waits for nothing",
    ),
    "unknown word": (
        "- name: a\n  stale_after: 1d\n  colour: red\n  steps: [{whom: owner}]\n",
        3,
        "A policy has no colour",
    ),
    "unknown word of a step": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - whom: owner\n      who: bob\n",
        5,
        "A policy has no who",
    ),
    "severity 9": (
        "- name: a\n  severity: 9\n  stale_after: 1d\n  steps: [{whom: owner}]\n",
        2,
        "severity is a whole number from 1 to 4",
    ),
    "kind": (
        "- name: a\n  kind: wish\n  stale_after: 1d\n  steps: [{whom: owner}]\n",
        2,
        "A kind is one of action, blocker",
    ),
    "room": (
        "- name: a\n  room: payments\n  stale_after: 1d\n  steps: [{whom: owner}]\n",
        2,
        "A room is a key such as WR-7",
    ),
    "flag": (
        "- name: a\n  stale_after: 1d\n  ignores_quiet_hours: 3\n  steps: [{whom: owner}]\n",
        3,
        "ignores_quiet_hours is yes or no",
    ),
    "said twice": (
        "- name: a\n  name: b\n  stale_after: 1d\n  steps: [{whom: owner}]\n",
        2,
        "name is said twice",
    ),
    "two of a name": (
        "- {name: a, stale_after: 1d, steps: [{whom: owner}]}\n" * 2,
        2,
        "There are two policies called a",
    ),
    "a step in words": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - owner\n",
        4,
        "A step says whom, and how long after the one before",
    ),
    "a policy in words": ("- fast\n", 1, "A policy has a name, a time and steps"),
    "a list as a name": ("- [a]: b\n", 1, "A name is a word"),
    "thirteen steps": (
        "- name: a\n  stale_after: 1d\n  steps:\n    - whom: owner\n"
        + "    - {whom: lead, after: 1h}\n" * 12,
        3,
        "A policy has at most 12 steps",
    ),
    "of itself": ("- &a\n  name: *a\n", 1, "The file is too long, or refers to itself"),
    "very deep": ("[" * 900, 1, "This is no YAML"),
    "control": ("- name: \x01\n", 1, "This is no YAML"),
}


@pytest.mark.parametrize(("text", "line", "why"), BROKEN.values(), ids=BROKEN)
def test_broken_files_say_the_line(text: str, line: int, why: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_policies(text)
    assert caught.value.line == line
    said = plain(caught.value.message, ENGLISH)
    assert said.startswith(f"line {line}: ")
    assert why in said


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5x", "-5m", "1.5h", "99999d", "h wall", "5m walls"]
)
def test_what_is_no_length_of_time(text: str) -> None:
    assert Wait.parse(text) is None


def test_many_policies() -> None:
    one = "- {name: a%d, stale_after: 1d, steps: [{whom: owner}]}\n"
    with pytest.raises(BadFile, match="at most"):
        read_policies("".join(one % n for n in range(51)))


def test_numbers_out_of_range() -> None:
    data = to_data(DEFAULTS[2])
    for name, value in (("repeat", 6), ("snoozes", -1), ("longest_snooze", 61), ("repeat", True)):
        with pytest.raises(BadPolicy):
            from_data(data | {name: value})

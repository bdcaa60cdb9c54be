"""Looking after all decisions: the neglected, the week's digest, what is taken away for good."""

from __future__ import annotations

import json

import pytest

from bot.features.decisions import chain, verifying
from bot.features.decisions.tables import Decision
from bot.features.rooms.tables import Room
from tests.world import Actor, Place, World


def _is_whole(world: World) -> bool:
    found = world.read(lambda tx: verifying.verify(tx.conn, tx.workspace_id))
    return found.broken is None and found.events > 0


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def test_decisions_that_nobody_looks_after(room: Place, alice: Actor, bob: Actor) -> None:
    world = room.world
    bob.says("/item add Measure it", room).hears_nothing()
    whole = "--confirmation Fewer errors on Friday --evidence The graph"
    for said in (
        f"/decide Whole {whole}",
        "/decide Hasty",
        f"/decide Owned by Carol --owner @Bob {whole}",
        f"/decide By the item {whole} of WR-1-1",
        "/decide By another --confirmation Soon --evidence See D-2 and WR-1",
    ):
        bob.says(said, room).hears_nothing()
    alice.dms("/decisions check").hears(
        "1 decision needs care",
        "D-2 Hasty (no word on how one will see that it was right and no evidence)",
    )
    bob.says("/decide amend D-4 --evidence WR-1-7", room).text  # noqa: B018  read
    bob.says("/decide amend D-5 --evidence As D-77 says", room).text  # noqa: B018  read
    room.skips()
    alice.says("/decisions check", room).hears(
        "3 decisions need care",
        "its evidence cannot be found: D-77",
        "its evidence cannot be found: WR-1-7",
    )
    alice.says("/decide deprecate D-2 Never mind", room).text  # noqa: B018  read
    room.skips()
    assert "D-2" not in alice.dms("/decisions check").text
    world.person("陈工", lang="zh").dms("/决策列表 检查").hears("找不到", "D-77")


def test_an_owner_who_has_left(room: Place, alice: Actor, bob: Actor) -> None:
    bob.says("/decide Roll back --confirmation Soon --evidence Graph", room).hears_nothing()
    room.skips()
    alice.dms("/decisions check").hears("Every decision that holds is looked after")
    room.world.read(lambda tx: tx.change(tx.person_by_id(3), is_active=False))
    alice.dms("/decisions check").hears("its owner has left: @Bob")


def test_a_message_whose_channel_is_gone(room: Place, alice: Actor, bob: Actor) -> None:
    bob.reacts("scales", bob.writes("We roll back", room))
    bob.says("/decide amend D-1 --confirmation Soon", room).text  # noqa: B018  read
    room.skips()
    alice.dms("/decisions check").hears("Every decision that holds is looked after")
    room.world.read(lambda tx: tx.change(tx.get(Room, 1), channel_gone=True))
    alice.dms("/decisions check").hears("the channel with its message is gone")
    room.world.read(lambda tx: tx.change(tx.get(Decision, 1), decided_by=None))
    alice.dms("/decisions check").hears("no owner and the channel with its message is gone")


def test_the_neglected_come_in_pages_and_not_of_private_rooms(
    vault: Place, alice: Actor, dora: Actor
) -> None:
    for number in range(12):
        alice.says(f"/decide Secret {number}", vault).hears_nothing()
    vault.skips()
    first = alice.dms("/decisions check").hears("D-12", "D-3")
    alice.presses("Older", first).hears("D-2", "D-1")
    dora.dms("/decisions check").hears("Every decision that holds is looked after")
    dora.dms("/decide Mine --confirmation Soon --evidence D-1, WR-1").hears("D-13")
    dora.dms("/decisions check").hears("its evidence cannot be found: D-1")
    dora.dms("/decisions check WR-1").hears("There is no war room WR-1.")


# ── digest ───────────────────────────────────────────────────────────────────────────────────────


def test_the_week_as_one_may_see_it(vault: Place, alice: Actor, bob: Actor, dora: Actor) -> None:
    alice.says("/decide Change the leaked key", vault).hears_nothing()
    alice.says("/decide propose Tell the press --approvers @Bob @Alice", vault).text  # noqa: B018
    alice.dms("/decide We deploy on Tuesdays --review 3d").hears("D-3")
    for place in (vault, alice.direct, bob.direct):
        place.skips()
    alice.dms("/decisions digest").hears(
        "Decisions of the week",
        "2 decisions were made",
        "D-1 Change the leaked key",
        "1 proposal is open",
        "D-2 Tell the press (waiting for @Bob and @Alice · until Thu 26 Nov",
        "1 decision is due for review",
        "The log up to here: 3:",
    )
    said = dora.dms("/decisions digest").hears("1 decision was made", "D-3 We deploy on Tuesdays")
    assert "D-1" not in said.text
    assert "D-2" not in said.text


def test_nothing_happened(olga: Actor, chen: Actor) -> None:
    olga.dms("/decisions digest").hears("Nothing was decided, nobody is waited for")
    chen.dms("/决策列表 周报").hears("本周决策")


def test_every_monday_at_nine(
    room: Place, olga: Actor, alice: Actor, bob: Actor, general: Place
) -> None:
    world = room.world
    alice.says("/decisions digest --weekly here", general).hears(
        "Only people who administer this workspace can do that."
    )
    olga.dms("/decisions digest --weekly here").hears("Say that in the channel")
    olga.says("/decisions digest --weekly here", general).hears(
        "posted here, first Mon 23 Nov 2026, 09:00"
    )
    bob.says("/decide Roll back", room).hears_nothing()
    bob.says("/decide propose Wait --approvers @Alice --deadline 3d", room).hears_nothing()
    room.skips()
    alice.direct.skips()
    world.advance(hours=7, minutes=59)
    general.expects_nothing()
    world.advance(minutes=1)
    shown = world.words(general.expects("Decisions of the week", "D-1 Roll back", "D-2 Wait"))
    seq, _, known = shown.rpartition("here: ")[2].partition(":")
    found = world.read(
        lambda tx: verifying.verify(tx.conn, tx.workspace_id, (int(seq), known.strip("`")[:64]))
    )
    assert found.broken is None
    world.advance(days=7)
    for place in (room, alice.direct, bob.direct):
        place.skips()
    general.expects("1 decision was made", "D-2 Wait", "expired")
    world.advance(days=21)
    general.skips()
    olga.says("/决策列表 周报 --每周 关闭", general).hears("posted nowhere")
    world.advance(days=14)
    general.expects_nothing()


def test_a_channel_hears_nothing_of_private_rooms_but_its_own(
    vault: Place, olga: Actor, alice: Actor, general: Place
) -> None:
    world = vault.world
    alice.says("/decide Change the leaked key", vault).hears_nothing()
    vault.skips()
    olga.says("/decisions digest --weekly here", general).hears("first")
    world.advance(hours=9)
    assert "leaked" not in world.words(general.expects("Decisions of the week"))
    world.read(lambda tx: tx.change(tx.person_by_id(2), is_admin=True))
    alice.says("/decisions digest --weekly here", vault).hears("first")
    world.advance(days=3)
    alice.says("/decide And the other one", vault).hears_nothing()
    vault.skips()
    world.advance(days=4)
    vault.expects("Decisions of the week", "D-2 And the other one")
    general.expects_nothing()


# ── redaction ────────────────────────────────────────────────────────────────────────────────────


def _everything(world: World) -> str:
    """All that the database has, but for what waits to be sent or was said by people."""
    kept = {"decision", "decision_event", "decision_words", "decision_vote", "entry", "timeline"}
    rows = world.rows()
    assert kept & set(rows) >= {"decision", "decision_event", "decision_vote"}
    return repr({name: rows[name] for name in rows if name in kept})


def test_what_somebody_wrote_is_taken_away_for_good(
    world_on_both: World,
) -> None:
    world = world_on_both
    olga = world.person("Olga")
    olga.dms("/decide Call Zhang on 13800138000 --why Ms Zhang of Acme complained").hears("D-1")
    olga.dms("/decide amend D-1 --why Ms Zhang (Acme) complained twice").text  # noqa: B018  read
    olga.dms("/decide amend D-1 --title Call 13800138000 back").text  # noqa: B018  read
    olga.dms("/decisions redact D-1 why").hears("redacted D-1: Why", "delete them there")
    assert "Zhang (Acme)" not in _everything(world)
    assert "of Acme" not in _everything(world)
    assert _is_whole(world)
    olga.dms("/决策列表 脱敏 D-1 标题").hears("redacted D-1: Decision")
    assert "13800138000" not in _everything(world)
    assert _is_whole(world)
    olga.dms("/decide show D-1").hears(chain.REDACTED)
    olga.dms("/decisions find Zhang").hears("No decision was found")
    olga.dms("/decisions redact D-1 why").hears("D-1 has nothing there: Why.")
    olga.dms("/decide amend D-1 --why Somebody complained").text  # noqa: B018  read
    assert _is_whole(world)


def test_what_was_said_with_votes(room: Place, olga: Actor, alice: Actor, bob: Actor) -> None:
    world = room.world
    alice.says("/decide propose Wait --approvers @Bob @Alice --deadline 3d", room).text  # noqa: B018
    bob.says("/decide object D-1 My mother is ill", room).text  # noqa: B018  read
    alice.says("/decide answer D-1 @Bob Say hello to your mother", room).text  # noqa: B018  read
    olga.dms("/decisions redact D-1 votes").hears("redacted D-1: What was said with votes")
    assert "mother" not in _everything(world)
    assert _is_whole(world)
    for place in (room, alice.direct, bob.direct):
        place.skips()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("D-9 why", "There is no decision D-9."),
        ("D-2 context", "D-2 has nothing there: Context."),
        ("D-2 colour", "colour is none of title"),
        ("D-1 title", "There is no decision D-1."),
    ],
)
def test_what_cannot_be_redacted(
    vault: Place, olga: Actor, alice: Actor, said: str, answer: str
) -> None:
    alice.says("/decide Secret", vault).hears_nothing()
    vault.skips()
    olga.dms("/decide Open").hears("D-2")
    olga.dms(f"/decisions redact {said}").hears(answer)
    alice.dms("/decisions redact D-1 title").hears("Only people who administer this workspace")


def test_a_decision_from_before_the_chain(world: World, olga: Actor) -> None:
    olga.dms("/decide Call Zhang").hears("D-1")
    world.read(lambda tx: tx.execute(chain.events.delete()))
    olga.dms("/decisions redact D-1 title").hears("redacted D-1")
    assert "Zhang" not in _everything(world)
    assert _is_whole(world)
    kinds = [json.loads(row.body)["kind"] for row in world.read(_all_events)]
    assert kinds == [chain.CARRIED_OVER, "redacted"]


def _all_events(tx: object) -> list[object]:
    return chain.of_decision(tx, 1, 1)  # type: ignore[arg-type,return-value]

"""Who may do what in a room: administrators, its lead, its members, everyone else."""

from __future__ import annotations

import pytest

from bot.core.effects import Address
from bot.core.plaintext import card_text
from bot.core.platform import Incoming, Say, Sender, Typed
from tests.world import ENGLISH, Actor, Place, World

#: What may be asked of WR-1 (it has the open item WR-1-1), and who may: a lead, member, everyone.
TABLE = [
    ("/warroom join WR-1", "everyone"),
    ("/warroom timeline WR-1", "everyone"),
    ("/item list WR-1", "everyone"),
    ("/decisions WR-1", "everyone"),
    ("/export decisions --room WR-1", "everyone"),
    ("/warroom invite WR-1 @Eve", "member"),
    ("/warroom severity WR-1 1", "member"),
    ("/warroom status WR-1 mitigating", "member"),
    ("/warroom goal WR-1 Latency --to 3", "member"),
    ("/warroom note WR-1 Hello", "member"),
    ("/item add WR-1 Another", "member"),
    ("/item done WR-1-1", "member"),
    ("/item assign WR-1-1 @Eve", "member"),
    ("/item due WR-1-1 tomorrow", "member"),
    ("/item block WR-1-1 Nothing", "member"),
    ("/decide --room WR-1 Roll back", "member"),
    ("/warroom lead WR-1 @Eve", "lead"),
    ("/warroom handover WR-1 @Eve Good luck", "lead"),
    ("/warroom rename WR-1 Another title", "lead"),
    ("/warroom close --anyway WR-1 Fixed", "lead"),
]
RANKS = {"everyone": 0, "member": 1, "lead": 2}
WHO = {"olga": 2, "alice": 2, "bob": 1, "dora": 0}


@pytest.fixture
def people(world: World, olga: Actor, alice: Actor, bob: Actor, dora: Actor) -> dict[str, Actor]:
    """An administrator who is not in the room, its lead, a member, and somebody else."""
    eve = world.person("Eve")
    eve.dms("/muster whoami").hears("Eve")
    return {"olga": olga, "alice": alice, "bob": bob, "dora": dora}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("said", "needs"), TABLE)
def test_who_may_do_what(
    world: World, room: Place, people: dict[str, Actor], said: str, needs: str, who: str
) -> None:
    people["alice"].says("/item add Check the logs", room).hears_nothing()
    room.skips()
    for actor in people.values():
        actor.dms("/muster whoami").hears("You are")
    before = world.rows()
    heard = people[who].dms(said).text
    refusals = ("Only members of WR-1 can do that. Join it first", "Only the lead of WR-1 can do")
    if WHO[who] >= RANKS[needs]:
        assert not heard.startswith(refusals), heard
    else:
        assert heard.startswith(refusals), heard
        assert f"> {said}" in heard
        assert world.rows() == before
    room.skips()
    for actor in people.values():
        actor.direct.skips()


@pytest.mark.parametrize("label", ["Post an update", "Add an item", "Record a decision", "Close"])
def test_a_button_asks_no_less_than_its_command(
    world: World, room: Place, dora: Actor, label: str
) -> None:
    dora.dms("/muster whoami").hears("Dora")
    before = world.rows()
    filled = {"text": "x", "title": "x", "resolution": "x"}
    said = dora.presses(label, room)
    given = {each.name: filled[each.name] for each in said.form.fields if each.name in filled}
    again = said.fills(**given)
    assert again.intro.startswith("Only members of WR-1 can do that.")
    assert again.value(next(iter(given))) == "x", "what was filled in is not lost"
    assert world.rows() == before


@pytest.mark.parametrize("said", [said for said, _ in TABLE])
def test_nobody_of_another_workspace(world: World, room: Place, said: str) -> None:
    """Its first person administers it, which is worth nothing here."""
    before = {
        name: rows for name, rows in world.rows().items() if name not in {"person", "workspace"}
    }
    stranger = Sender("alice", "Alice", "en", "UTC", is_admin=True)
    place = Address("playground", "elsewhere", room.id)
    for number, text in enumerate((said, said.replace(" WR-1 ", " "))):
        names = {"eve": "Eve"}
        what = Typed(text.replace("@Eve", "<@eve>"), names)
        incoming = Incoming("playground", "elsewhere", str(number), stranger, what, place)
        answer = world.run(world.muster.door.handle(incoming))
        assert isinstance(answer.reply, Say), answer.reply
        words = card_text(answer.reply.card, ENGLISH)
        assert "Payment timeouts" not in words
        if text == said:
            assert words.startswith("There is no war room WR-1.")
    after = {
        name: rows for name, rows in world.rows().items() if name not in {"person", "workspace"}
    }
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"decision", "timeline", "outbox"}, "decisions of their own workspace"
    room.expects_nothing()

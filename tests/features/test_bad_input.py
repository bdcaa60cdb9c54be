"""Whatever people send: a clear sentence in their language, nothing lost, nobody else disturbed.

Everything here goes straight to the door, as a careless platform would bring it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.bootstrap import registry
from bot.core.chat import Card, Quote
from bot.core.effects import dump_effect
from bot.core.i18n import plain
from bot.core.plaintext import card_text
from bot.core.platform import Answer, Redraw, Say, ShowForm, Submitted, Typed
from bot.core.values import MENTION
from bot.core.words import clean
from bot.understanding import LONGEST_TEXT
from tests.world import CHINESE, ENGLISH, Actor, Place, World

BAD = {
    "nothing": "",
    "spaces": " \t\n \u3000",
    "NUL": "a\x00b\x00",
    "only NUL": "\x00",
    "half a surrogate pair": "\ud800 and \udfff",
    "right to left": "\u202egnp.exe\u202c \u2066x\u2069",
    "escape codes": "\x1b[31mred\x07 \x9b31m",
    "50,000 characters": "x" * 50_000,
    "50,000 characters of Chinese": "字" * 50_000,
    "one megabyte": "x " * 524_288,
    "one megabyte of quotes": "“ " * 524_288,
    "many quotes": "“ " * 4_000 + '" ' * 4_000,
    "many dashes": "--a -- --- —— " * 2_000,
    "many options": " ".join(f"--o{number}" for number in range(2_000)),
    "many people": "<@nobody> " * 200,
    "unbalanced quotes": "\"one 'two “three 「four",
    "a misspelt option": "--sevrity 1 --onwer x --duee x --wyh x",
    "a misspelt Chinese option": "——级另 1",
    "an option without a value": "x --severity --due --owner --why --next",
    "a date in 1799": "--due 1799-01-01 --next 1799-01-01 1799-01-01",
    "a mention of nobody": "x @nobody <@U999> <@> @",
    "a mention of everybody": "<!channel> <!here|here> <!subteam^S1> @all @channel @所有人 <@all>",
    "mrkdwn": "*b* _i_ ~s~ `c` ```x``` <http://evil|click> :tada: > q",
    "HTML": "<b>x</b><script>alert(1)</script><at id=all></at>&lt;",
    "a card": '{"type": "section", "text": {"type": "mrkdwn"}} {{template}}',
    "placeholders": "{who} {0} {} {room!r} %s %(x)s $x ${x}",
    "SQL": "'; DROP TABLE room; -- \\",
    "keys of nothing": "WR-999999999 WR-99999999999999999999 D-0 WR--1 #",
    "another room's item": "WR-2-1",
    "a foreign room": "WR-2 x",
    "numbers": "1e999 nan ∞ -0 ½ ٣ 0x10 1_000",
    "line breaks": "one\r\ntwo\rthree\u2028four\u2029five\x85six",
    "emoji": "🔥👩‍👩‍👧‍👦🏴\U000e0067\U000e0062 ﷽",
    "a command in a command": "/warroom close x",
}
#: What is refused in words of its own: that is read in Chinese, too.
TELLING = (
    "nothing", "many people", "a misspelt option", "a misspelt Chinese option",
    "an option without a value", "a date in 1799", "keys of nothing", "a foreign room",
)  # fmt: skip
COMMANDS = sorted(cls.spec.path for cls in registry().commands.values() if cls.spec.public)


def _sent(alice: Actor, chen: Actor) -> Iterator[tuple[Actor, str, str]]:
    for name, bad in BAD.items():
        yield alice, name, bad
    for name in TELLING:
        yield chen, name, BAD[name]


@pytest.fixture
def story(world: World, alice: Actor, bob: Actor, chen: Actor, general: Place) -> Place:
    """WR-1 is led by Alice, with Chen; it has an item and a decision. WR-2 is private and Bob's."""
    alice.says("/warroom open Payment timeouts @陈工").text  # noqa: B018  read
    room = world.room("WR-1")
    alice.says("/item add Check the logs", room).hears_nothing()
    alice.says("/decide Roll back", room).hears_nothing()
    bob.dms("/warroom open Secret --private").hears("WR-2")
    bob.says("/item add Mine", world.room("WR-2")).hears_nothing()
    for actor in (alice, chen, bob):
        actor.dms("/muster whoami").text  # noqa: B018  read
    return room


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict):
        for each in value.values():
            yield from _walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each)


def _mentioned(world: World, tried: int) -> set[str]:
    """Whom the effects since then mention, by the platform's id."""
    import json

    found = set()
    for effect in world.tried[tried:]:
        for value in _walk(json.loads(dump_effect(effect))):
            match value:
                case ["mention", user, _]:
                    found.add(user)
                case ["link" | "channel", *_]:
                    found.add("")
                case _:
                    pass
    return found - {""}


def _card(answer: Answer) -> Card | None:
    match answer.reply:
        case Say(card) | Redraw(card):
            return card
        case _:
            return None


def _is_in_the_language_of(actor: Actor, answer: Answer, card: Card) -> None:
    assert answer.reader.lang == actor.reader.lang
    english, chinese = plain(card.title, ENGLISH), plain(card.title, CHINESE)
    assert english != chinese, f"not translated: {english}"


def _is_kept_clean(world: World) -> None:
    for name, rows in world.rows().items():
        for row in rows:
            for value in row:
                if isinstance(value, str):
                    assert clean(value) == value or name in {"outbox", "timeline", "timer"}, value
                    value.encode()
                    assert "\x00" not in value


@pytest.mark.parametrize("path", COMMANDS)
def test_bad_input_to_every_command(
    world: World, story: Place, alice: Actor, chen: Actor, path: str
) -> None:
    people = {person.id for person in world.town.people.everybody()}
    after = world.rows()
    for actor, name, bad in _sent(alice, chen):
        text = f"/{path} {bad}"
        tried = len(world.tried)
        answer = actor.sends(Typed(text), story)
        before, after = after, world.rows()
        card = _card(answer)
        if card is not None and str(card.tone) == "warning" and "open work" not in card.title.id:
            assert after == before, f"{path} refused {name}, and changed something"
            [quote] = [block for block in card.blocks if isinstance(block, Quote)][:1] or [
                Quote("")
            ]
            written = clean(MENTION.sub(lambda found: f"@{found[1]}", text)).strip()
            assert quote.text == written, f"{path} lost {name}"
            _is_in_the_language_of(actor, answer, card)
        assert card is None or str(card.tone) != "danger", f"a fault: {path} {name}"
        if isinstance(answer.reply, ShowForm):
            assert after == before, f"{path} asks about {name}, and changed something"
        assert _mentioned(world, tried) <= people, f"{path} mentions others for {name}"
    _is_kept_clean(world)
    for channel in world.town.channels.everything():
        Place(world, channel.id).skips()


@pytest.mark.parametrize("path", COMMANDS)
def test_bad_input_to_every_form(
    world: World, story: Place, alice: Actor, chen: Actor, path: str
) -> None:
    people = {person.id for person in world.town.people.everybody()}
    cls = registry().commands[path]
    after = world.rows()
    for actor, name, bad in _sent(alice, chen):
        values = {param.name: bad for param in cls.spec.params if param.in_form}
        tried = len(world.tried)
        answer = actor.sends(Submitted(path, values, {"item": "1", "room": "WR-1"}), story)
        before, after = after, world.rows()
        if isinstance(answer.reply, ShowForm):
            assert after == before, f"{path} refused {name}, and changed something"
            form = answer.reply.form
            assert form.intro or any(each.error for each in form.fields)
            for each in form.fields:
                if each.name in values:
                    assert each.value == bad, "what was filled in is still there"
                if each.error is not None:
                    assert plain(each.error, ENGLISH) != plain(each.error, CHINESE)
        card = _card(answer)
        assert card is None or str(card.tone) != "danger", f"a fault: {path} {name}"
        assert _mentioned(world, tried) <= people, f"{path} mentions others for {name}"
    _is_kept_clean(world)
    for channel in world.town.channels.everything():
        Place(world, channel.id).skips()


@pytest.mark.parametrize("text", ["x" * (LONGEST_TEXT + 1), "/decide " + "x" * LONGEST_TEXT])
def test_too_long_to_be_read(world: World, alice: Actor, chen: Actor, text: str) -> None:
    for actor in (alice, chen):
        answer = actor.sends(Typed(text))
        card = _card(answer)
        assert card is not None
        assert isinstance(card.blocks[0], Quote)
        assert card.blocks[0].text == text
        assert plain(card.title, ENGLISH) == (
            "That is too long for a command: at most 200,000 characters."
        )
        _is_in_the_language_of(actor, answer, card)


def test_a_mention_in_a_text_is_a_name_and_no_mention(
    world: World, room: Place, alice: Actor, bob: Actor
) -> None:
    alice.says("/item add Ask @Bob about it", room).hears_nothing()
    told = room.expects("WR-1-1 Ask @Bob about it")
    assert told.card is not None
    mentions = [
        value
        for value in _walk(_json(told.card))
        if isinstance(value, list) and value[:1] == ["mention"]
    ]
    assert {user for _, user, _ in mentions} == {alice.id}
    alice.says("/warroom severity 9 @Bob", room).hears("> /warroom severity 9 @Bob")


def _json(card: Card) -> Any:
    import json

    from bot.core.effects import dump_card

    return json.loads(dump_card(card))


def test_several_people_of_one_name(world: World, room: Place, alice: Actor) -> None:
    """The platform finds who was meant by their id; a name alone is not enough."""
    for user in ("sam-1", "sam-2"):
        world.person(user).sends(Typed("/muster whoami"))
    from storage.rows import table_of
    from storage.tables import Person

    people = table_of(Person)
    world.read(
        lambda tx: tx.execute(people.update().where(people.c.user.like("sam-%")).values(name="Sam"))
    )
    answer = alice.sends(Typed("/warroom invite @sam"), room)
    card = _card(answer)
    assert card is not None
    words = card_text(card, ENGLISH)
    assert re.match(r"Several people are called sam: sam-1 (and|or) sam-2\.", words)
    alice.sends(Typed("/warroom invite @sam-2"), room)
    assert "sam-2" in room.members


def test_a_name_that_cannot_be_kept(world: World, general: Place) -> None:
    from bot.core.effects import Address
    from bot.core.platform import Incoming, Sender

    sender = Sender("u1", "Eve\x00\u202e\ud800", "en", "Mars/Olympus")
    place = Address("playground", "playground", general.id)
    incoming = Incoming("playground", "playground", "1", sender, Typed("/muster whoami"), place)
    card = _card(world.run(world.muster.door.handle(incoming)))
    assert card is not None
    assert "You are Eve\ufffd" in card_text(card, ENGLISH)
    assert "Time zone: UTC" in card_text(card, ENGLISH)

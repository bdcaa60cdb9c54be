"""What must hold at the end of a life, when everything that was under way has come to rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection

from bot.features.decisions.verifying import verify
from tests.simulation.judge import Judge
from tests.simulation.town import Town

_WORD = re.compile(r"\btk\d+x\b")
_DECISION = re.compile(r"\bD-\d+\b")
#: What should have happened longer ago is stuck.
_GRACE = timedelta(minutes=10)
#: Where the words of a command that was carried out stand, and stand once.
_TRACES = {
    "item add": "SELECT text FROM item",
    "warroom note": "SELECT text FROM timeline WHERE kind = 'room.note'",
    "warroom open": "SELECT text FROM timeline WHERE kind = 'room.opened'",
    # A title may be changed; what it was at first stands in the log.
    "decide": (
        "SELECT opened FROM decision_event e WHERE seq = (SELECT MIN(seq) FROM decision_event f"
        " WHERE f.workspace_id = e.workspace_id AND f.number = e.number)"
    ),
}


def look_into(judge: Judge) -> None:
    """Tell the judge everything that does not hold."""
    for check in (_rest, _deeds, _once, _rooms, _timeline, _chain, _time):
        for what in check(judge):
            judge.wrong(what)


def _rest(judge: Judge) -> Iterator[str]:
    """Nothing is left in the outbox."""
    left = judge.all(
        "SELECT id, lane, state, attempts, error FROM outbox WHERE state IN ('waiting', 'claimed')"
    )
    if left:
        yield f"{len(left)} effects never left: {left[:3]}"


def _deeds(judge: Judge) -> Iterator[str]:
    """What was acknowledged as done is there, once; what was refused is not."""
    found = {
        path: Counter(word for (words,) in judge.all(query) for word in set(_WORD.findall(words)))
        for path, query in _TRACES.items()
    }
    is_redacted = judge.one("SELECT 1 FROM timeline WHERE kind = 'decision.redacted'")
    for deed in judge.deeds:
        count = found[deed.path][deed.word]
        if count > 1:
            yield f"/{deed.path} {deed.word} was done {count} times"
        if deed.is_done is True and count == 0 and not is_redacted:
            yield f"/{deed.path} {deed.word} was acknowledged, and is lost"
        if deed.is_done is False and count:
            yield f"/{deed.path} {deed.word} was refused, and done all the same"


def _once(judge: Judge) -> Iterator[str]:
    """What is done in the outbox and is to be seen was seen."""
    done = judge.all(
        "SELECT key, platform, json_extract(payload, '$.type') AS type FROM outbox"
        " WHERE state = 'done' AND type IN ('post_card', 'direct_message', 'send_file')"
        " AND error IS NULL"
    )
    for key, platform, kind in done:
        if not judge.towns[platform].posted.get(key) and not judge.was_given_up(key):
            yield f"{kind} {key} counts as done, and nobody ever saw it"


def _rooms(judge: Judge) -> Iterator[str]:
    """A room has one channel and one pinned card; its opening came to an end."""
    rooms = judge.all(
        "SELECT room.number, room.channel, room.card, room.opening, room.failure, w.platform"
        " FROM room JOIN workspace w ON w.id = room.workspace_id"
    )
    for number, channel, card, opening, failure, platform in rooms:
        town = judge.towns[platform]
        if opening != "ready" and failure is None:
            yield f"WR-{number} has been at {opening} for ever"
        made = [c for c in town.channels.values() if c.first_title.startswith(f"WR-{number} ")]
        if len(made) > 1:
            yield f"WR-{number} has {len(made)} channels"
        if channel is not None and opening == "ready" and not town.channels[channel].was_lost:
            yield from _pinned(town, number, channel, card)


def _pinned(town: Town, number: int, channel: str, card: str | None) -> Iterator[str]:
    pinned = [m.id for m in town.messages.values() if m.channel == channel and m.is_pinned]
    if len(pinned) > 1:
        yield f"WR-{number} has {len(pinned)} pinned cards"
    if pinned and card not in pinned:
        yield f"WR-{number} takes {card} for its card, and {pinned} is pinned"


def _timeline(judge: Judge) -> Iterator[str]:
    """What happened to rooms, items and decisions stands on the timeline."""
    lines = Counter(
        {
            (room, kind): count
            for room, kind, count in judge.all(
                "SELECT room_id, kind, COUNT(*) FROM timeline GROUP BY 1, 2"
            )
        }
    )
    for room, count in judge.all("SELECT room_id, COUNT(*) FROM item GROUP BY 1"):
        if lines[room, "item.added"] != count:
            yield f"room {room} has {count} items, {lines[room, 'item.added']} on its timeline"
    for room, closed in judge.all("SELECT id, closed_at IS NOT NULL FROM room"):
        if lines[room, "room.opened"] != 1:
            yield f"room {room} was opened {lines[room, 'room.opened']} times"
        balance = lines[room, "room.closed"] - lines[room, "room.reopened"]
        if balance != closed:
            yield f"the timeline of room {room} says that it was closed {balance} times more"
    known = judge.all("SELECT workspace_id, text FROM timeline WHERE text LIKE '%D-%'")
    named = {(where, key) for where, words in known for key in _DECISION.findall(words)}
    for where, number in judge.all("SELECT workspace_id, number FROM decision"):
        if (where, f"D-{number}") not in named:
            yield f"D-{number} is on no timeline"


def _chain(judge: Judge) -> Iterator[str]:
    """The decision log verifies."""
    for (workspace,) in judge.all("SELECT id FROM workspace"):

        def look(conn: Connection, workspace: int = workspace) -> object:
            return verify(conn, workspace).broken

        if (broken := judge.store.read(look)) is not None:
            yield f"the decision log of workspace {workspace} is broken: {broken}"


def _time(judge: Judge) -> Iterator[str]:
    """What time was to make happen has happened."""
    before = f"{judge.clock.now() - _GRACE:%Y-%m-%d %H:%M:%S.%f}"
    late = {
        "timers": "SELECT key, due_at FROM timer WHERE due_at < :before",
        "stand-ups that should have opened": (
            "SELECT id, opens_at FROM standup_run WHERE state = 'planned' AND opens_at < :before"
        ),
        "stand-ups that should have closed": (
            "SELECT id, closes_at FROM standup_run WHERE state = 'open' AND closes_at < :before"
        ),
        "climbs": "SELECT id, next_at FROM escalation_climb WHERE next_at < :before",
        "proposals": (
            "SELECT number, deadline_at FROM decision"
            " WHERE state = 'proposed' AND deadline_at < :before"
        ),
        "captures": "SELECT id, changed_at FROM capture WHERE state = 'reading'",
    }
    for what, query in late.items():
        if found := judge.all(query, before=before) if ":before" in query else judge.all(query):
            yield f"{what} are stuck: {found[:3]}"

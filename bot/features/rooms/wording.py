"""A war room in words: the sentences and short values that its cards are made of."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.chat import Button, Buttons, Card, Note, Tone
from bot.core.keys import RoomKey
from bot.core.reasons import reason
from bot.core.text import ChannelLink, Inline, Msg, Seq, Strong, When, t
from bot.features.rooms.commands import SEVERITIES, STATUSES, RetryOpening
from bot.features.rooms.tables import Room, Status

_SEVERITY = {option.value: option.label for option in SEVERITIES}
_STATUS = {option.value: option.label for option in STATUSES}
_TONES = {1: Tone.DANGER, 2: Tone.WARNING, 3: Tone.INFO, 4: Tone.NEUTRAL}
#: A longer title is cut in the topic of a channel (Slack: 250 characters).
_TOPIC = 180
#: Units that stand close to their number, as in 99.5%.
_WITHOUT_SPACE = {"%", "\uff05", "‰", "°"}


def severity(value: int) -> Msg:
    return _SEVERITY[value]


def status(value: str) -> Msg:
    return _STATUS[Status(value)]


def name(room: Room) -> Strong:
    """A room, in a sentence."""
    return Strong(f"{room.key} {room.title}")


def place(room: Room) -> Inline:
    """A room's channel, in a sentence."""
    return link(room) or name(room)


def link(room: Room) -> ChannelLink | None:
    """Opens its channel; None while it has none."""
    if room.channel is None:
        return None
    return ChannelLink(room.channel, room.channel_name or room.key)


def topic(room: Room) -> str:
    """The topic of its channel, one line for all languages."""
    title = room.title if len(room.title) <= _TOPIC else room.title[: _TOPIC - 1] + "…"
    return f"{room.key} · SEV{room.severity} · {title}"


def tone(room: Room) -> Tone:
    if room.is_closed:
        return Tone.DONE
    return Tone.GOOD if room.status == Status.RESOLVED else _TONES[room.severity]


def goal_text(room: Room) -> Msg:
    """A goal in one sentence: "p99 latency from 1200 to 300 ms by …"."""
    goal = room.goal or ""
    sentence = t("{goal}", goal=goal)
    if room.goal_target is not None:
        to = _amount(room.goal_target, room.goal_unit)
        if room.goal_baseline is not None:
            sentence = t("{goal}, from {start} to {to}", goal=goal, start=room.goal_baseline, to=to)
        else:
            sentence = t("{goal}, to {to}", goal=goal, to=to)
    if room.goal_due is None:
        return sentence
    return t("{goal}, by {due}", goal=sentence, due=When(room.goal_due, "date"))


def _amount(value: float, unit: str | None) -> Inline:
    """A number with its unit: "640 ms", "99.5%"."""
    if not unit:
        return value
    if unit in _WITHOUT_SPACE:
        return t("{value}{unit}", value=value, unit=unit)
    return t("{value} {unit}", value=value, unit=unit)


def progress_text(room: Room) -> Msg:
    """How far a goal has come, in words."""
    share = room.progress or 0.0
    return t(
        "{value} now, {percent}% of the way",
        value=_amount(room.reading if room.reading is not None else 0.0, room.goal_unit),
        percent=round(max(-9.99, min(9.99, share)) * 100),
    )


def not_invited(refused: Mapping[str, str]) -> Msg:
    """Who could not be invited, and why."""
    names = Seq(
        tuple(t("{name} ({why})", name=who, why=reason(code)) for who, code in refused.items())
    )
    return t("Could not be invited: {names}", names=names)


def retry(room: Room) -> Button:
    """What takes the opening up again."""
    label = t("Make a new channel") if room.has_lost_channel else t("Retry")
    return Button(label, RetryOpening(room=RoomKey(room.number)), Tone.WARNING)


def unheard(room: Room, card: Card) -> Card:
    """A card of which nobody else is told, for the room's channel was deleted."""
    note = Note(t("Nobody else was told: the channel was deleted."))
    return Card(card.title, (*card.blocks, note, Buttons((retry(room),))), card.tone)

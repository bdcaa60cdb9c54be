"""What could not be delivered, as cards. Nothing of what it says, and no name of who it is for."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Note, Tone
from bot.core.text import Code, Inline, Msg, Slash, Strong, When, t, tn
from bot.core.words import shortened
from bot.features.desk.outbox_commands import DropEffect, RetryEffect, ShowOutbox
from bot.features.rooms import queries as rooms
from storage.letters import Letter
from storage.tx import Tx

#: Effects on a card.
PAGE = 8
#: Characters of a platform's word for why.
_CODE = 60
_KINDS = {
    "create_channel": t("New channel"),
    "invite": t("Invitation"),
    "remove": t("Removal from a channel"),
    "describe": t("Title and topic"),
    "post_card": t("Message"),
    "update_card": t("Change of a message"),
    "redraw_card": t("Change of a message"),
    "pin": t("Pin"),
    "direct_message": t("Direct message"),
    "tell": t("Message to one person"),
    "publish_home": t("Somebody's own page"),
    "read_message": t("Reading a message"),
    "archive": t("Archiving"),
    "bookmark": t("Bookmark"),
    "urgent": t("Urgent notice"),
    "send_file": t("File"),
}


def listing(tx: Tx, found: Sequence[Letter], *, waiting: int, is_first: bool) -> Card:
    """A page of what failed; one more than `PAGE` says that there is another page."""
    shown = found[:PAGE]
    on_its_way = Note(tn("{n} effect on its way", "{n} effects on their way", waiting))
    if not shown:
        return Card(t("Nothing has failed"), (on_its_way,), Tone.GOOD)
    blocks: list[Block] = [Entries(tuple(_entry(tx, each) for each in shown))]
    more: tuple[Button, ...] = ()
    if len(found) > PAGE:
        more = (Button(t("More"), ShowOutbox(after=float(shown[-1].id))),)
    if is_first and len(shown) > 1:
        more = (Button(t("Retry all"), RetryEffect(all=True)), *more)
    blocks += [Buttons(more)] if more else []
    return Card(t("Could not be delivered"), (*blocks, on_its_way), Tone.WARNING)


def _entry(tx: Tx, letter: Letter) -> Entry:
    number = float(letter.id)
    kind: Inline = _KINDS.get(letter.kind) or Code(letter.kind)
    text = t("{number} · {kind}", number=Strong(str(letter.id)), kind=kind)
    where = _where(tx, letter)
    if where is not None:
        text = t("{text} · {where}", text=text, where=where)
    note = tn(
        "failed {when} after {n} try: {code}",
        "failed {when} after {n} tries: {code}",
        letter.attempts,
        when=When(letter.finished_at or letter.created_at),
        code=Code(shortened(letter.error or "?", _CODE)),
    )
    drop = Button(
        t("Give up"),
        DropEffect(number=number),
        confirm=t("It will not be delivered any more."),
    )
    return Entry(text, note, (Button(t("Retry"), RetryEffect(number=number)), drop))


def _where(tx: Tx, letter: Letter) -> Msg | None:
    """The war room that it is for, if whoever asks may know of it."""
    room = rooms.of_channel(tx, letter.channel) if letter.channel else None
    if room is None:
        return None
    if not rooms.can_see(tx, room):
        return t("a private war room")
    return t("{room}", room=Strong(room.key))


def done(said: Msg) -> Card:
    """What was done, and the way back to the others."""
    return Card(said, (Buttons((Button(t("Show the others"), ShowOutbox()),)),), Tone.GOOD)


def told(count: int) -> Card:
    """What administrators are told."""
    title = tn("{n} effect failed for good", "{n} effects failed for good", count)
    note = Note(t("Administrators can look, and try again: {show}", show=Slash("muster outbox")))
    return Card(title, (note, Buttons((Button(t("Show"), ShowOutbox()),))), Tone.WARNING)

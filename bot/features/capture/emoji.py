"""Which emoji makes what of a message: those that commands name, and those that were chosen."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core.chat import Card, Entries, Entry, Note, Tone
from bot.core.errors import Refused
from bot.core.events import KnownCommands
from bot.core.platform import Say
from bot.core.text import Code, Either, Msg, Seq, Slash, t
from bot.feature import Outcome
from bot.features.capture.commands import MADE, ChooseEmoji
from storage.tx import Tx

#: A short name, as platforms have them in any language: no spaces, no colons.
_NAME = re.compile(r"[\w+'-]+")
#: More of its own a workspace will hardly remember.
_MOST = 50


def short_name(emoji: str) -> str:
    """The short name of an emoji, without its colons and the tone of the skin."""
    return emoji.strip().strip(":").partition("::")[0].casefold()


def meant_by(tx: Tx, emoji: str) -> str | None:
    """The path of the command that an emoji stands for here; None if it is an emoji like others."""
    name = short_name(emoji)
    chosen = _chosen(tx).get(name)
    return chosen if chosen is not None else _named(tx).get(name)


def _named(tx: Tx) -> dict[str, str]:
    [known] = tx.ask(KnownCommands())
    return {name: cls.spec.path for cls in known for name in cls.spec.emoji}


def _chosen(tx: Tx) -> dict[str, str]:
    found: dict[str, str] = tx.setting("emoji") or {}
    return found


def choose_emoji(cmd: ChooseEmoji, tx: Tx, now: datetime) -> Outcome:
    """Show which emoji makes what; let one more do so, or no longer."""
    if cmd.what is None or not cmd.emoji:
        if cmd.emoji or cmd.off:
            raise Refused(t("Say also what the emoji is to make."), field="what")
        return Outcome(Say(_listing(tx)))
    if not tx.person.is_admin:
        raise Refused(t("Only people who administer this workspace can do that."))
    name = short_name(cmd.emoji)
    if not _NAME.fullmatch(name) or not any(char.isalnum() for char in name):
        example = Code(":gavel:")
        raise Refused(
            t("Say the emoji by its name, for example {example}.", example=example), field="emoji"
        )
    shown = Code(f":{name}:")
    if cmd.off:
        _forget(tx, name, cmd.what)
        said = t("{emoji} now stands for nothing.", emoji=shown)
    else:
        _choose(tx, name, cmd.what)
        said = t("{emoji} now makes this of a message: {what}", emoji=shown, what=_label(cmd.what))
    tx.record("workspace.settings", t("{who}: {text}", who=tx.mention(tx.asker), text=said))
    return Outcome(Say(Card(said, (), Tone.GOOD)))


def _forget(tx: Tx, name: str, path: str) -> None:
    kept = _chosen(tx)
    if kept.get(name) != path:
        raise Refused(t("{emoji} was not chosen for that.", emoji=Code(f":{name}:")), field="emoji")
    tx.change_settings(emoji={each: what for each, what in kept.items() if each != name} or None)


def _choose(tx: Tx, name: str, path: str) -> None:
    if meant_by(tx, name) == path:
        raise Refused(t("{emoji} does that already.", emoji=Code(f":{name}:")), field="emoji")
    if len(_chosen(tx)) >= _MOST:
        raise Refused(t("That is enough emoji: {n} are the most.", n=_MOST), field="emoji")
    tx.change_settings(emoji={**_chosen(tx), name: path})


def _label(path: str) -> Msg:
    return next(option.label for option in MADE if option.value == path)


def _listing(tx: Tx) -> Card:
    meaning = {**_named(tx), **_chosen(tx)}
    entries = tuple(
        Entry(option.label, Seq(tuple(Code(f":{name}:") for name in names), "or"))
        for option in MADE
        if (names := sorted(name for name, path in meaning.items() if path == option.value))
    )
    example = Slash("muster emoji", Either("decision :gavel:", "决策 :gavel:"))
    more = Note(t("Choose another: {example}", example=example))
    return Card(t("What an emoji makes of a message"), (Entries(entries), more), Tone.INFO)

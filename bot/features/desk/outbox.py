"""What could not be delivered, for administrators: shown, tried again, given up, told of.

They are told a minute after something has failed for good, together with what fails in that minute;
then at most once an hour, and only of what is new. It is told in the ops channel where there is
one, else to each of them alone; nobody is told what it was, or for whom.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.chat import Card
from bot.core.effects import DirectMessage, Effect, PostCard
from bot.core.errors import Refused
from bot.core.events import EffectFailed
from bot.core.platform import Say
from bot.core.text import Slash, Strong, t, tn
from bot.feature import Outcome
from bot.features.desk import outbox_cards as cards
from bot.features.desk.outbox_commands import (
    DropEffect,
    FailedTold,
    RetryEffect,
    ShowOutbox,
    TellFailed,
)
from storage import identity, letters
from storage.letters import Letter
from storage.tx import Tx

#: From the first failure to when it is told, and from one telling to the next at the least.
GATHERED = timedelta(minutes=1)
QUIET = timedelta(hours=1)
#: Administrators who are told, where there is no ops channel.
MOST_TOLD = 5
#: Effects that are tried again at once.
MOST_AT_ONCE = 100
_LARGEST = 2**53


def show_outbox(cmd: ShowOutbox, tx: Tx, now: datetime) -> Outcome:
    """Show what failed for good, the oldest first."""
    return Outcome(Say(page(tx, after=int(cmd.after))))


def page(tx: Tx, *, after: int = 0) -> Card:
    """A page of what failed for good in this workspace."""
    some = cards.PAGE + 1
    found = letters.listed(tx.conn, "failed", count=some, after=after, home=tx.home)
    waiting = letters.count(tx.conn, "open", tx.home)
    return cards.listing(tx, found, waiting=waiting, is_first=after == 0)


def retry_effect(cmd: RetryEffect, tx: Tx, now: datetime) -> Outcome:
    """Let one be tried again, or all."""
    who = tx.mention(tx.asker)
    if cmd.all:
        some = letters.listed(tx.conn, "failed", count=MOST_AT_ONCE, home=tx.home)
        tried = sum(letters.retry(tx.conn, each, now) for each in some)
        if not tried:
            raise Refused(t("Nothing has failed."))
        tx.record(
            "workspace.outbox_retried",
            tn("{who} retried {n} effect", "{who} retried {n} effects", tried, who=who),
        )
        said = tn("{n} effect is tried again.", "{n} effects are tried again.", tried)
        return Outcome(Say(cards.done(said)))
    letter = _meant(tx, cmd.number)
    letters.retry(tx.conn, letter, now)
    number = Strong(str(letter.id))
    tx.record(
        "workspace.outbox_retried", t("{who} retried effect {number}", who=who, number=number)
    )
    return Outcome(Say(cards.done(t("Effect {number} is tried again.", number=number))))


def drop_effect(cmd: DropEffect, tx: Tx, now: datetime) -> Outcome:
    """Give one up."""
    letter = _meant(tx, cmd.number)
    letters.drop(tx.conn, letter, now)
    who, number = tx.mention(tx.asker), Strong(str(letter.id))
    tx.record(
        "workspace.outbox_dropped", t("{who} gave up effect {number}", who=who, number=number)
    )
    return Outcome(Say(cards.done(t("Effect {number} is given up.", number=number))))


def _meant(tx: Tx, number: float | None) -> Letter:
    """The dead letter of that number. Refused if there is none in this workspace."""
    show = Slash("muster outbox")
    if number is None:
        raise Refused(t("Say which: {show} has their numbers.", show=show), field="number")
    found = None
    if number.is_integer() and 0 < number < _LARGEST:
        found = letters.one(tx.conn, int(number), tx.home)
    if found is None or not found.has_failed:
        raise Refused(
            t(
                "Nothing that failed has the number {number}: see {show}",
                number=Strong(str(int(number)) if number.is_integer() else str(number)),
                show=show,
            ),
            field="number",
        )
    return found


def note_failure(event: EffectFailed, tx: Tx, now: datetime) -> Outcome:
    """Something has failed for good: that will be told soon, unless it is so already."""
    if not tx.has_timer(_timer(tx)):
        tx.set_timer(_timer(tx), now + GATHERED, TellFailed(since=now - GATHERED))
    return Outcome()


def tell_failed(cmd: TellFailed, tx: Tx, now: datetime) -> Outcome:
    """Say how much has failed since then and still has; look again in an hour if anything has."""
    count = letters.count(tx.conn, "failed", tx.home, since=cmd.since)
    if not count:
        return Outcome()
    tx.set_timer(_timer(tx), now + QUIET, TellFailed(since=now))
    tx.record(
        "workspace.outbox_failed",
        tn("{n} effect failed for good", "{n} effects failed for good", count),
    )
    return Outcome(effects=_told(tx, cards.told(count)))


def end_telling(cmd: FailedTold, tx: Tx, now: datetime) -> Outcome:
    """Nothing follows: else that it failed would have to be told as well, for ever."""
    return Outcome()


def _timer(tx: Tx) -> str:
    return f"outbox-failed:{tx.workspace_id}"


def _told(tx: Tx, card: Card) -> tuple[Effect, ...]:
    channel: str | None = tx.setting("ops_channel")
    if channel is not None:
        return (PostCard(tx.channel(channel), card, tx.defaults, then=FailedTold()),)
    admins = identity.administrators(tx, tx.workspace)[:MOST_TOLD]
    return tuple(
        DirectMessage(
            tx.user(each.id), card, identity.reader_for(each, tx.defaults), then=FailedTold()
        )
        for each in admins
    )

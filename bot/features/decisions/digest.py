"""The week's decisions: what was decided, who is waited for, what is due for review.

It ends with the last hash of the chain. Posted where many read it, it is an anchor: whoever changes
the log afterwards, even all of it, can be told by `muster decisions verify --anchor`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select

from bot.core.chat import Block, Card, Entries, Entry, Heading, Note, Tone, line
from bot.core.effects import PostCard
from bot.core.errors import Refused
from bot.core.platform import Say
from bot.core.text import Code, Msg, Seq, When, t, tn
from bot.feature import Outcome
from bot.features.decisions import cards, chain, queries
from bot.features.decisions.log_commands import DecisionDigest
from bot.features.decisions.queries import DIGEST, decisions
from bot.features.decisions.steps import DigestDue
from bot.features.decisions.tables import Decision, State
from bot.features.rooms import queries as rooms
from storage import identity
from storage.tx import Tx

#: As many of each kind are shown; the rest are counted.
_SHOWN = 10
_HOUR = time(9)
_WEEK = timedelta(days=7)


def decision_digest(cmd: DecisionDigest, tx: Tx, now: datetime) -> Outcome:
    """Show who asks the week as they may see it; or choose the channel that hears it weekly."""
    if cmd.weekly is None:
        return Outcome(Say(card(tx, now, queries.visible(tx.asker))))
    if not tx.person.is_admin:
        raise Refused(t("Only people who administer this workspace can do that."))
    if cmd.weekly == "off":
        tx.change_settings(**{DIGEST: None})
        tx.cancel_timer(_timer(tx))
        return Outcome(Say(line(t("The decisions of the week are posted nowhere."), Tone.GOOD)))
    if tx.place is None or tx.is_direct:
        sentence = t("Say that in the channel that is to hear of the decisions.")
        raise Refused(sentence, field="weekly")
    tx.change_settings(**{DIGEST: tx.place.channel})
    at = _next_monday(tx, now)
    tx.set_timer(_timer(tx), at, DigestDue())
    said = t("The decisions of the week will be posted here, first {when}", when=When(at))
    return Outcome(Say(line(said, Tone.GOOD)))


def _timer(tx: Tx) -> str:
    return f"decisions:digest:{tx.workspace_id}"


def _next_monday(tx: Tx, now: datetime) -> datetime:
    """The next Monday at nine, where the workspace is."""
    zone = ZoneInfo(identity.workspace_reader(tx.workspace, tx.defaults).zone)
    today = now.astimezone(zone).date()
    monday = today + timedelta(-today.weekday() % 7)
    at = datetime.combine(monday, _HOUR, zone)
    if at <= now:
        at = datetime.combine(monday + _WEEK, _HOUR, zone)
    return at.astimezone(now.tzinfo)


def digest_due(cmd: DigestDue, tx: Tx, now: datetime) -> Outcome:
    """Post the week where it was asked for.

    Late, after downtime, it is still posted, once: the weeks that were missed are not made up for.
    """
    channel = tx.setting(DIGEST)
    if channel is None:
        return Outcome()
    tx.set_timer(_timer(tx), _next_monday(tx, now), DigestDue())
    room = rooms.of_channel(tx, channel)
    if room is not None and not rooms.can_hear(room):
        return Outcome()
    # Everybody in the channel may read it: only what everybody may know, and what is its own.
    public = select(rooms.rooms.c.id).where(
        or_(rooms.rooms.c.is_private.is_(False), rooms.rooms.c.channel == channel)
    )
    seen = or_(decisions.c.room_id.is_(None), decisions.c.room_id.in_(public))
    reader = identity.workspace_reader(tx.workspace, tx.defaults)
    if room is not None:
        reader = rooms.reader(room)
    return Outcome(effects=(PostCard(tx.channel(channel), card(tx, now, seen), reader),))


def card(tx: Tx, now: datetime, seen: Any) -> Card:
    """The week until `now`, of the decisions that fulfil the condition `seen`."""
    blocks: list[Block] = [
        *_decided(tx, now, seen),
        *_proposed(tx, seen),
        *_due(tx, now, seen),
    ]
    if not blocks:
        blocks.append(Note(t("Nothing was decided, nobody is waited for, nothing is due.")))
    head = chain.head(tx, tx.workspace_id)
    if head is not None:
        anchor = Code(f"{head.seq}:{head.hash}")
        blocks.append(Note(t("The log up to here: {anchor}", anchor=anchor)))
    return Card(t("Decisions of the week"), tuple(blocks), Tone.INFO)


def _found(tx: Tx, seen: Any, order: Any, *conditions: Any) -> tuple[list[Decision], int]:
    """The first few, and how many there are."""
    c = decisions.c
    wanted = (c.workspace_id == tx.workspace_id, c.withdrawn_at.is_(None), seen, *conditions)
    query = select(decisions).where(*wanted).order_by(order, c.id.desc()).limit(_SHOWN)
    count = select(func.count()).select_from(decisions).where(*wanted)
    return tx.all(Decision, query), int(tx.value(count) or 0)


def _decided(tx: Tx, now: datetime, seen: Any) -> tuple[Block, ...]:
    c = decisions.c
    closed = and_(c.state.in_([State.REJECTED, State.EXPIRED]), c.closed_at > now - _WEEK)
    recent = or_(c.decided_at > now - _WEEK, closed)
    found, count = _found(tx, seen, c.id.desc(), c.state != State.PROPOSED, recent)
    if not found:
        return ()
    entries = Entries(tuple(cards.entry(tx, each) for each in found), more=count - len(found))
    return (Heading(tn("{n} decision was made", "{n} decisions were made", count)), entries)


def _proposed(tx: Tx, seen: Any) -> tuple[Block, ...]:
    c = decisions.c
    found, count = _found(tx, seen, c.deadline_at, c.state == State.PROPOSED)
    if not found:
        return ()
    entries = tuple(Entry(cards.name(each), _waiting(tx, each)) for each in found)
    title = tn("{n} proposal is open", "{n} proposals are open", count)
    return (Heading(title), Entries(entries, more=count - len(found)))


def _waiting(tx: Tx, proposal: Decision) -> Msg:
    silent = [
        vote.person_id
        for vote in queries.votes_on(tx, proposal.id)
        if vote.choice is None and not vote.is_gone
    ]
    waiting = t("everybody has voted")
    if silent:
        people = Seq(tuple(tx.mention(person) for person in silent))
        waiting = t("waiting for {people}", people=people)
    if proposal.deadline_at is None:
        return waiting
    return t("{waiting} · until {when}", waiting=waiting, when=When(proposal.deadline_at))


def _due(tx: Tx, now: datetime, seen: Any) -> tuple[Block, ...]:
    c = decisions.c
    is_due = (c.state == State.ACCEPTED, c.review_at <= now + _WEEK)
    found, count = _found(tx, seen, c.review_at, *is_due)
    if not found:
        return ()
    entries = tuple(
        Entry(cards.name(each), t("to be reviewed {when}", when=When(each.review_at)))
        for each in found
        if each.review_at is not None
    )
    title = tn("{n} decision is due for review", "{n} decisions are due for review", count)
    return (Heading(title), Entries(entries, more=count - len(found)))

"""What became of a decision, read from its chain of events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.core.chat import Block, Button, Buttons, Card, Entries, Entry, Heading, Note, Quote
from bot.core.keys import DecisionKey
from bot.core.text import Inline, Msg, Strong, When, t
from bot.features.decisions import cards, chain, proposal_cards
from bot.features.decisions.differences import difference
from bot.features.decisions.life_commands import ShowHistory
from bot.features.decisions.tables import TEXTS, Decision, Event
from storage.tables import Person
from storage.tx import Tx

PAGE = 10
_BY_SOMEBODY: dict[str, Callable[[Inline], Msg]] = {
    "recorded": lambda who: t("{who} recorded it", who=who),
    "proposed": lambda who: t("{who} proposed it", who=who),
    "imported": lambda who: t("{who} imported it", who=who),
    "answered": lambda who: t("{who} answered an objection", who=who),
    "amended": lambda who: t("{who} amended it", who=who),
    "supersedes": lambda who: t("{who} put it in the place of another", who=who),
    "deprecated": lambda who: t("{who} deprecated it", who=who),
    "review set": lambda who: t("{who} set a date to review it", who=who),
    "confirmed": lambda who: t("{who} said that it is still valid", who=who),
    "withdrawn": lambda who: t("{who} took it back", who=who),
    "redacted": lambda who: t("{who} took a text away", who=who),
}
_BY_ITSELF = {
    chain.CARRIED_OVER: t("It is older than the history"),
    "accepted": t("It was accepted"),
    "rejected": t("It was rejected"),
    "expired": t("It expired"),
    "approver left": t("An approver left"),
    "votes reset": t("Its approvers were asked again"),
}


def card(tx: Tx, decision: Decision, skip: int) -> Card:
    """A page of its history, the newest first: with each change, what it changed."""
    found = chain.of_decision(tx, tx.workspace_id, decision.number)
    lines = list(reversed(_lines(tx, found)))
    page = lines[skip : skip + PAGE]
    blocks: list[Block] = [block for line in page for block in line]
    if not blocks:
        blocks.append(Note(t("Nothing yet.")))
    if len(lines) > skip + PAGE:
        older = ShowHistory(decision=decision.key, skip=float(skip + PAGE))
        blocks.append(Buttons((Button(t("Older"), older),)))
    return Card(t("History of {decision}", decision=cards.name(decision)), tuple(blocks))


def _lines(tx: Tx, found: list[Event]) -> list[list[Block]]:
    now: dict[str, str | None] = {}
    lines: list[list[Block]] = []
    for event in found:
        said = json.loads(event.body)
        texts = {name: _text(pair) for name, pair in json.loads(event.opened).items()}
        texts |= dict.fromkeys(said["cleared"])
        reason = next((text for name, text in texts.items() if name not in TEXTS and text), None)
        blocks: list[Block] = [
            Entries((Entry(_what(tx, said), _note(When(event.at), reason)),)),
        ]
        if said["kind"] == "amended":
            for name, text in texts.items():
                if name in TEXTS:
                    changes = difference(now.get(name), text)
                    blocks += [Heading(cards.LABELS[name]), Quote(changes)]
        now.update({name: text for name, text in texts.items() if name in TEXTS})
        lines.append(blocks)
    return lines


def _text(pair: Any) -> str:
    return str(pair[1]) if pair is not None else chain.REDACTED


def _what(tx: Tx, said: dict[str, Any]) -> Msg:
    kind, data = said["kind"], said["data"]
    if kind in _BY_ITSELF:
        return _BY_ITSELF[kind]
    person = tx.get(Person, said["by"]) if said["by"] is not None else None
    who: Inline = tx.mention(person.id) if person is not None else t("Muster")
    if kind == "voted":
        return t("{who} {choice}", who=who, choice=proposal_cards.choice(data["choice"]))
    if kind == "superseded":
        key = Strong(str(DecisionKey(data["superseded_by"])))
        return t("{who} put {key} in its place", who=who, key=key)
    sentence = _BY_SOMEBODY.get(kind)
    return sentence(who) if sentence is not None else t("{who} changed it", who=who)


def _note(when: When, reason: str | None) -> Inline:
    return t("{when}: {text}", when=when, text=reason) if reason else when

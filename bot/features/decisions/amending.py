"""Amending a decision: what it said before stays in its history, and the difference is shown."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Block, Card, FieldKind, Form, FormField, Heading, Note, Quote, Tone
from bot.core.effects import Effect
from bot.core.errors import Refused
from bot.core.events import DrawForm
from bot.core.keys import DecisionKey
from bot.core.platform import ShowForm
from bot.core.text import Strong, t
from bot.feature import Outcome
from bot.features.decisions import (
    cards,
    content,
    finding,
    proposal_cards,
    proposals,
    queries,
    recording,
)
from bot.features.decisions.access import changeable
from bot.features.decisions.differences import difference
from bot.features.decisions.life_commands import AmendDecision
from bot.features.decisions.tables import TEXTS, Decision, State
from bot.features.decisions.telling import changed
from bot.features.rooms.queries import Access, Room
from storage.tx import Tx

#: The fields of the form begin with it, so that an empty one is told from one that was not there.
_NEW = "new_"
#: Besides what people write: what belongs to a decision.
_LINES = {"tags": t("Tags"), "items": t("Items that it is about")}


def draw_form(question: DrawForm, tx: Tx) -> Form | None:
    """The form of `decide amend`, filled in with what the decision says now."""
    if question.command != AmendDecision.spec.path:
        return None
    key = DecisionKey.parse(question.kept.get("decision", ""))
    if key is None:
        return _which()
    decision, _ = queries.decision_for(tx, key, Access.SEE)
    return _form(decision)


def _which() -> Form:
    """Asks which decision is meant; its own form follows."""
    spec = AmendDecision.spec
    hint = t("Its key, for example D-12")
    asked = FormField("decision", FieldKind.LINE, t("Decision"), required=True, hint=hint)
    return Form(spec.path, spec.summary, (asked,), t("Continue"))


def _form(decision: Decision) -> Form:
    spec = AmendDecision.spec
    texts = tuple(
        FormField(
            f"{_NEW}{name}",
            FieldKind.LONG,
            cards.LABELS[name],
            required=name == "title",
            value=getattr(decision, name) or "",
            max_length=content.LONGEST,
        )
        for name in TEXTS
    )
    lines = tuple(
        FormField(
            f"{_NEW}{name}", FieldKind.LINE, label, value=_line(decision, name), max_length=1000
        )
        for name, label in _LINES.items()
    )
    return Form(
        spec.path, spec.summary, (*texts, *lines), spec.submit, {"decision": str(decision.key)}
    )


def _line(decision: Decision, name: str) -> str:
    return ", ".join(decision.tag_list) if name == "tags" else decision.items or ""


def amend(cmd: AmendDecision, tx: Tx, now: datetime) -> Outcome:
    """Change what a decision says. Votes on a proposal are asked for anew."""
    decision, room = changeable(tx, cmd.decision)
    asked = _asked(cmd)
    if not asked:
        return Outcome(ShowForm(_form(decision)))
    if decision.state in {State.SUPERSEDED, State.DEPRECATED}:
        key, state = Strong(str(decision.key)), cards.state(decision)
        sentence = t(
            "{key} does not hold: {state}. Only what holds is amended.", key=key, state=state
        )
        raise Refused(sentence, field="decision")
    asked_for = _new(tx, room, asked)
    new = {name: value for name, value in asked_for.items() if value != getattr(decision, name)}
    if not new:
        raise Refused(t("That is what it says already."))
    before = {name: getattr(decision, name) for name in new}
    tx.change(decision, **new)
    texts = {name: value for name, value in new.items() if name in TEXTS}
    lines = {name: value for name, value in new.items() if name in _LINES}
    recording.noted(tx, decision, "amended", texts or None, lines)
    if not texts:
        finding.index(tx, decision)
    text = t("{who} amended {decision}", who=tx.mention(tx.asker), decision=cards.name(decision))
    blocks: list[Block] = []
    for name, value in new.items():
        label = cards.LABELS.get(name) or _LINES[name]
        blocks += [
            Heading(label),
            Quote(difference(_shown(name, before[name]), _shown(name, value))),
        ]
    asked_again = _ask_again(tx, decision, blocks) if decision.is_open else ()
    return changed(tx, room, "decision.amended", Card(text, tuple(blocks), Tone.INFO), *asked_again)


def _shown(name: str, value: str | None) -> str | None:
    return value.strip(",").replace(",", ", ") if name == "tags" and value else value


def _asked(cmd: AmendDecision) -> dict[str, str]:
    """What is to be said from now on, by field; "" for nothing any more."""
    found = {
        name.removeprefix(_NEW): value
        for name, value in cmd.answers
        if name.removeprefix(_NEW) in {*TEXTS, *_LINES}
    }
    for name in (*TEXTS, *_LINES):
        said = getattr(cmd, name)
        if said is not None:
            found[name] = said
    return found


def _new(tx: Tx, room: Room | None, asked: dict[str, str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in asked.items():
        if name == "tags":
            found[name] = recording.read_tags(value)
        elif name == "items":
            found[name] = recording.read_items(tx, room, value)
        else:
            if len(value) > content.LONGEST:
                sentence = t(
                    "At most {limit} characters; this has {length}.",
                    limit=content.LONGEST,
                    length=len(value),
                )
                raise Refused(sentence, field=f"{_NEW}{name}")
            found[name] = value.strip() or None
    if "title" in found and not found["title"]:
        raise Refused(t("Say what was decided."), field=f"{_NEW}title")
    return found


def _ask_again(tx: Tx, decision: Decision, blocks: list[Block]) -> tuple[Effect, ...]:
    """Who has voted did so on other words: they are asked again."""
    found = [vote for vote in queries.votes_on(tx, decision.id) if vote.choice is not None]
    for vote in found:
        tx.change(vote, choice=None, reason=None, voted_at=None, answer=None, answered_by=None)
    redrawn = tx.redraw(proposals.live_name(decision))
    if not found:
        return (*redrawn,)
    recording.noted(tx, decision, "votes reset", {}, {"of": [vote.person_id for vote in found]})
    blocks.append(Note(t("Its approvers are asked again, for they voted on other words.")))
    card = proposal_cards.changed(tx, decision)
    return (*(tx.direct(vote.person_id, card) for vote in found if not vote.is_gone), *redrawn)

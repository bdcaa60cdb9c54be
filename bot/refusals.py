"""What people are told when something was not done: a sentence, and what they had written."""

from __future__ import annotations

from bot.core.chat import Block, Card, Quote, Tone
from bot.core.errors import Refused
from bot.core.platform import (
    Happened,
    Incoming,
    Picked,
    Pressed,
    PutOff,
    Say,
    Submitted,
    Typed,
    Unshown,
)
from bot.core.text import Code, Seq, Slash, Strong, t
from bot.core.values import MENTION
from bot.core.words import clean, shortened, without_slash

#: As much of an unknown text as its refusal quotes; the whole of it stands below.
_QUOTED = 40


def refusal(refused: Refused, incoming: Incoming) -> Say:
    """A refusal as the person sees it."""
    return Say(Card(refused.message, _handed_back(incoming), Tone.WARNING), is_refusal=True)


def broken(incoming: Incoming, reference: str) -> Say:
    """What somebody sees when the fault is ours; the log has it under the same `reference`."""
    sentence = t(
        "Something went wrong on my side and nothing was changed. Please try again; if it happens "
        "again, tell your administrator the reference {reference}.",
        reference=Code(reference),
    )
    return Say(Card(sentence, _handed_back(incoming), Tone.DANGER), is_refusal=True)


def _handed_back(incoming: Incoming) -> tuple[Block, ...]:
    """What they had written, so that they need not write it again."""
    match incoming.what:
        case Typed(names=names) as typed:
            written = MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", typed.written)
        case Submitted(values=values):
            written = "\n".join(value for value in values.values() if isinstance(value, str))
        case Pressed() | Picked() | Happened() | PutOff() | Unshown():
            written = ""
    written = clean(written).strip()
    return (Quote(written),) if written else ()


def unknown(text: str, offers: list[str]) -> Refused:
    """Of a text that names no command; `offers` are the paths of those that it may have meant."""
    words = Strong(shortened(text, _QUOTED))
    if not without_slash(text):
        return Refused(t("Say {help} to see what I can do.", help=Slash("muster help")))
    if offers:
        meant = Seq(tuple(map(Slash, offers)), "or")
        return Refused(t("I do not know {words}. Did you mean {meant}?", words=words, meant=meant))
    return Refused(
        t(
            "I do not know {words}. {help} lists what I can do.",
            words=words,
            help=Slash("muster help"),
        )
    )


def too_long(limit: int) -> Refused:
    """Of a text that nobody reads any more."""
    return Refused(t("That is too long for a command: at most {n} characters.", n=limit))


def outdated_button() -> Refused:
    """Of a button that Muster does not know any more, or never made."""
    return Refused(
        t(
            "This button is from another version of Muster and no longer works. "
            "Please type the command."
        )
    )


def outdated_form() -> Refused:
    """Of a form that Muster does not know any more, or never made."""
    return Refused(
        t(
            "This form is from another version of Muster and no longer works. "
            "Please type the command."
        )
    )


def not_an_insider() -> Refused:
    """Of what guests, and people of other organisations, may not ask."""
    return Refused(
        t(
            "You are a guest in this workspace, or of another organisation: I can do that for you "
            "only in the war rooms that you are in."
        )
    )


def not_an_administrator() -> Refused:
    """Of what only some may ask."""
    return Refused(t("Only people who administer this workspace can do that."))

"""Help, identity, settings and check-ups as cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.chat import (
    Block,
    Button,
    Buttons,
    Card,
    Entries,
    Entry,
    Fields,
    Heading,
    Note,
    Paragraph,
    Tone,
)
from bot.core.commands import Command, Spec
from bot.core.events import Finding
from bot.core.i18n import LANGUAGE_NAMES
from bot.core.lexicon import Lexicon
from bot.core.text import (
    ChannelLink,
    Code,
    Inline,
    Msg,
    Reader,
    Seq,
    Slash,
    Speech,
    Strong,
    When,
    t,
)
from bot.core.usage import is_chinese, name_of, usage
from bot.features.desk.commands import Help, Settings
from storage.tx import Tx

_ABOUT = {
    "warroom": t("War rooms"),
    "item": t("Items"),
    "decide": t("Decisions"),
    "decisions": t("Decisions"),
    "export": t("Exports"),
    "checkpoint": t("Checkpoints"),
    "standup": t("Stand-ups"),
    "escalate": t("Escalation"),
    "muster": t("Muster itself"),
}


def heading(root: str) -> Msg:
    return _ABOUT.get(root) or t("{root}", root=Slash(root))


def _about(root: str) -> str:
    """What the commands of a slash command are listed under: several may share a heading."""
    return _ABOUT[root].id if root in _ABOUT else root


def help_on(path: str) -> Slash:
    """How one asks for help on a command."""
    return Slash("muster help", name_of(path))


def greeting(known: Sequence[type[Command]]) -> Card:
    """What somebody sees who says hello."""
    opens: list[Callable[..., Command]] = [cls for cls in known if cls.spec.path == "warroom open"]
    buttons = [Button(t("Open a war room"), cls(title=""), opens_form=True) for cls in opens]
    buttons.append(Button(t("What I can do"), Help()))
    what = t(
        "When something is wrong, I open a war room for it, bring the right people in, and see "
        "that nothing is forgotten."
    )
    return Card(t("Hello!"), (Paragraph(what), Buttons(tuple(buttons))), Tone.INFO)


def overview(known: Sequence[type[Command]]) -> Card:
    """All commands, by capability."""
    blocks: list[Block] = [
        Paragraph(
            t(
                "I open war rooms, keep their items and decisions, "
                "and see that nothing is forgotten."
            )
        )
    ]
    seen: dict[str, list[Spec]] = {}
    for cls in known:
        seen.setdefault(_about(cls.spec.root), []).append(cls.spec)
    for specs in seen.values():
        blocks.append(Heading(heading(specs[0].root)))
        blocks.append(Entries(tuple(_line(spec) for spec in specs)))
    blocks.append(Note(t("More on any of them: {help}", help=help_on("item add"))))
    return Card(t("What I can do"), tuple(blocks), Tone.INFO)


def _line(spec: Spec) -> Entry:
    return Entry(t("{command}  {summary}", command=Slash(spec.path), summary=spec.summary))


def group(root: str, known: Sequence[type[Command]]) -> Card:
    """The commands of one capability, each with how it is typed."""
    specs = [cls.spec for cls in known if cls.spec.root == root]
    entries = tuple(Entry(spec.summary, usage(spec)) for spec in specs)
    return Card(heading(root), (Entries(entries),), Tone.INFO)


def one(cls: type[Command], reader: Reader) -> Card:
    """One command: how it is typed, other names, examples."""
    spec = cls.spec
    blocks: list[Block] = [Paragraph(usage(spec))]
    if spec.details is not None:
        blocks.append(Paragraph(spec.details))
    if spec.also:
        names = Seq(tuple(map(Code, spec.also)), "or")
        blocks.append(Note(t("Also, without a slash in a message to me: {names}", names=names)))
    if examples := _examples(cls, reader.lang):
        blocks.append(Heading(t("Examples")))
        blocks.append(Entries(tuple(map(Entry, examples))))
    return Card(spec.summary, tuple(blocks), Tone.INFO)


def _examples(cls: type[Command], lang: Speech) -> list[Slash]:
    """Those in the language of who asks; where there is none in Chinese, the English ones."""
    spec, lexicon = cls.spec, Lexicon({cls.spec.path: cls})
    found = [example for example in spec.examples if is_chinese(example) is (lang == "zh")]
    asked = [lexicon.find(example) for example in found or spec.examples]
    return [Slash(spec.path, each.rest) for each in asked if each is not None]


def whoami(tx: Tx, now: datetime) -> Card:
    """Whom Muster takes somebody for."""
    person = tx.person
    pairs: list[tuple[Msg, Inline]] = [
        (t("Name"), person.name),
        (t("Known here as"), Code(person.user)),
        (t("Language"), LANGUAGE_NAMES[tx.reader.lang]),
        (t("Time zone"), tx.reader.zone),
        (t("Your time"), When(now)),
        (t("Administers this workspace"), t("yes") if person.is_admin else t("no")),
        (t("Reports to"), tx.mention(person.manager) if person.manager else t("nobody I know of")),
    ]
    return Card(t("You are {name}", name=Strong(person.name)), (Fields(tuple(pairs)),), Tone.INFO)


def settings(tx: Tx, *, changed: bool) -> Card:
    """The settings of the workspace."""
    lobby = tx.setting("lobby")
    language: Speech = tx.setting("language") or tx.defaults.lang
    room_language: Speech | None = tx.setting("room_language")
    pairs: list[tuple[Msg, Inline]] = [
        (t("Language, for people who never chose"), LANGUAGE_NAMES[language]),
        (t("Time zone, likewise"), tx.setting("timezone") or tx.defaults.zone),
        (
            t("Language of new rooms"),
            LANGUAGE_NAMES[room_language] if room_language else t("that of whoever opens them"),
        ),
        (t("Lobby"), ChannelLink(lobby, lobby) if lobby else t("none")),
        (
            t("Archive the channel of a room that is closed"),
            t("yes") if tx.setting("archive_on_close") == "yes" else t("no"),
        ),
    ]
    title = t("Settings saved") if changed else t("Settings of this workspace")
    blocks: tuple[Block, ...] = (Fields(tuple(pairs)),)
    if tx.person.is_admin:
        blocks += (Buttons((Button(t("Change"), Settings(), opens_form=True),)),)
    return Card(title, blocks, Tone.GOOD if changed else Tone.INFO)


def doctor(findings: Sequence[Finding]) -> Card:
    """What a check-up found, what needs care first."""
    is_fine = all(finding.is_fine for finding in findings)
    ordered = sorted(findings, key=lambda finding: finding.is_fine)
    entries = tuple(
        Entry(
            t("{mark} {text}", mark="✓" if finding.is_fine else "✗", text=finding.text),
            finding.advice,
        )
        for finding in ordered
    )
    title = t("All is well") if is_fine else t("Something needs care")
    return Card(title, (Entries(entries),), Tone.GOOD if is_fine else Tone.WARNING)

"""What people ask of Muster itself: help, who they are to it, settings, a check-up."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import line
from bot.core.commands import Command
from bot.core.errors import Refused
from bot.core.events import Checkup, KnownCommands, Unaddressed
from bot.core.i18n import LANGUAGE_NAMES
from bot.core.lexicon import Lexicon
from bot.core.platform import Say, Unacquainted
from bot.core.text import Code, Reader, Seq, Strong, When, t
from bot.core.words import fold, shortened, without_slash
from bot.core.zones import find_zone, near_zones
from bot.feature import Outcome
from bot.features.desk import cards
from bot.features.desk.commands import (
    Doctor,
    Greet,
    Help,
    SetAdmin,
    SetLanguage,
    SetTimezone,
    Settings,
    WhoAmI,
)
from storage import identity
from storage.tx import Tx

#: What people say before they know what to say, folded and without what stands around it.
_GREETINGS = frozenset(
    (
        *("hi", "hello", "hey", "hi there", "hello there", "hey there", "good morning"),
        *("good afternoon", "good evening", "are you there", "anyone there"),
        *("你好", "您好", "你好啊", "你好呀", "嗨", "哈喽", "哈啰", "早", "早上好", "上午好"),
        *("下午好", "晚上好", "在吗", "在么", "在嘛", "在不在", "有人吗", "你好,在吗", "你好 在吗"),
    )
)
_AROUND = " \t\n!?.,~\u2026\u3002\uff01\uff1f\uff0c\uff5e👋"


def unaddressed(question: Unaddressed, tx: Tx) -> Command | None:
    """A greeting is answered, where it is for Muster."""
    said = fold(question.text).strip(_AROUND)
    return Greet() if said in _GREETINGS and not question.is_overheard else None


def greet(cmd: Greet, tx: Tx, now: datetime) -> Outcome:
    """Say hello, and what can be done first."""
    [known] = tx.ask(KnownCommands())
    return Outcome(Say(cards.greeting(known)))


def show_help(cmd: Help, tx: Tx, now: datetime) -> Outcome:
    """Say what Muster can do: all of it, one capability, or one command."""
    [known] = tx.ask(KnownCommands())
    topic = without_slash(cmd.topic)
    if not topic:
        return Outcome(Say(cards.overview(known)))
    lexicon = Lexicon({cls.spec.path: cls for cls in known})
    found = lexicon.find(topic)
    if found is not None and not found.rest and not _is_capability(lexicon, topic):
        return Outcome(Say(cards.one(found.cls, tx.reader)))
    root = lexicon.root_of(topic)
    if root is not None:
        return Outcome(Say(cards.group(root, known)))
    close = lexicon.offers(topic)
    if not close:
        raise Refused(t("There is no help on {words}.", words=Strong(shortened(topic))))
    meant = Seq(tuple(map(cards.help_on, close)), "or")
    raise Refused(
        t(
            "There is no help on {words}. Did you mean {meant}?",
            words=Strong(shortened(topic)),
            meant=meant,
        )
    )


def _is_capability(lexicon: Lexicon, topic: str) -> bool:
    """Whether it is no command's own name, but what several commands begin with."""
    root = lexicon.root_of(topic)
    is_name = fold(topic) in lexicon.names()
    return root is not None and not is_name and len(lexicon.under(root)) > 1


def who_am_i(cmd: WhoAmI, tx: Tx, now: datetime) -> Outcome:
    """Say whom Muster takes somebody for: all of it is what the platform says of them."""
    if not tx.is_acquainted:
        raise Unacquainted
    return Outcome(Say(cards.whoami(tx, now)))


def set_language(cmd: SetLanguage, tx: Tx, now: datetime) -> Outcome:
    """Choose the language in which Muster speaks to somebody."""
    tx.change(tx.person, lang=None if cmd.language == "auto" else cmd.language)
    tx.reader = identity.reader_for(tx.person, tx.defaults)
    said = t("I will speak {language} with you.", language=LANGUAGE_NAMES[tx.reader.lang])
    return Outcome(Say(line(said)))


def set_timezone(cmd: SetTimezone, tx: Tx, now: datetime) -> Outcome:
    """Choose a time zone, by its name or by a city."""
    zone = _zone(cmd.zone, "zone")
    tx.change(tx.person, zone=zone)
    tx.reader = Reader(tx.reader.lang, zone)
    said = t(
        "Your time zone is {zone}. It is {time} there.", zone=Strong(zone), time=When(now, "time")
    )
    return Outcome(Say(line(said)))


def _zone(name: str, field: str) -> str:
    found = find_zone(name)
    if found is not None:
        return found
    close = near_zones(name)
    words = Strong(shortened(name))
    if close:
        meant = Seq(tuple(Code(zone) for zone in close), "or")
        sentence = t("I know no time zone {words}. Did you mean {meant}?", words=words, meant=meant)
    else:
        example = Code("Asia/Shanghai")
        sentence = t(
            "I know no time zone {words}. Say for example {example}.", words=words, example=example
        )
    raise Refused(sentence, field=field)


def settings(cmd: Settings, tx: Tx, now: datetime) -> Outcome:
    """Show the settings of the workspace; with values, change them."""
    changes: dict[str, str | None] = {}
    if cmd.language is not None:
        changes["language"] = cmd.language
    if cmd.timezone is not None:
        changes["timezone"] = _zone(cmd.timezone, "timezone")
    if cmd.room_language is not None:
        changes["room_language"] = cmd.room_language
    if cmd.lobby is not None:
        changes["lobby"] = _lobby(cmd, tx)
    if cmd.archive_on_close is not None:
        changes["archive_on_close"] = cmd.archive_on_close
    if changes:
        if not tx.person.is_admin:
            raise Refused(t("Only people who administer this workspace can do that."))
        tx.change_settings(**changes)
        names = ", ".join(sorted(changes))
        who = tx.mention(tx.asker)
        tx.record("workspace.settings", t("{who} changed settings: {names}", who=who, names=names))
    return Outcome(Say(cards.settings(tx, changed=bool(changes))))


def _lobby(cmd: Settings, tx: Tx) -> str | None:
    if cmd.lobby == "off":
        return None
    if tx.place is None or tx.is_direct:
        raise Refused(t("Say that in the channel that is to be the lobby."), field="lobby")
    return tx.place.channel


def set_admin(cmd: SetAdmin, tx: Tx, now: datetime) -> Outcome:
    """Let somebody administer the workspace, or no longer; one always stays."""
    person = tx.person_by_id(cmd.person)
    who = tx.mention(person.id)
    if cmd.off and person.id == tx.asker:
        raise Refused(t("Somebody else has to take that from you."))
    if person.is_outsider and not cmd.off:
        sentence = t(
            "{who} is a guest or of another organisation, and cannot administer this workspace.",
            who=who,
        )
        raise Refused(sentence, field="person")
    if person.is_admin is not cmd.off:
        already = t("{who} does not administer this workspace.", who=who)
        raise Refused(
            already if cmd.off else t("{who} administers this workspace already.", who=who)
        )
    tx.change(person, is_admin=not cmd.off)
    said = t("{who} now administers this workspace.", who=who)
    if cmd.off:
        said = t("{who} no longer administers this workspace.", who=who)
    tx.record("workspace.admin", said)
    return Outcome(Say(line(said)))


def doctor(cmd: Doctor, tx: Tx, now: datetime) -> Outcome:
    """Check that all is well."""
    findings = [finding for found in tx.ask(Checkup()) for finding in found]
    return Outcome(Say(cards.doctor(findings)))

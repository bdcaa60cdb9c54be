"""Does what the lines of `muster chat` say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from adapters.playground.adapter import Playground, Shown
from adapters.playground.messages import Where
from adapters.playground.places import Channel, Person
from bot.bootstrap import Muster
from bot.core.chat import Form
from bot.core.errors import Permanent
from bot.core.i18n import LANGUAGE_NAMES
from bot.core.keys import RoomKey
from bot.core.platform import encode
from bot.core.text import Code, Msg, Strong, When, t
from bot.terminal import buttons
from bot.terminal.filling import fill
from bot.terminal.printer import Printer
from bot.terminal.script import (
    Advances,
    Fills,
    GoesTo,
    Introduces,
    MakesChannel,
    NotUnderstoodError,
    Presses,
    Says,
    Statement,
)

#: Where people are who do not say where.
HOME = "general"
DIRECT = "dm"
_REFUSALS = {
    "is_archived": t("The channel is archived."),
    "no_text": t("There is nothing to say in that."),
    "channel_not_found": t("There is no such channel."),
    "name_taken": t("There is a channel of that name already."),
    "invalid_zone": t("There is no such time zone. One is called for example Asia/Shanghai."),
}


class Session:
    """People in a town, where everything that follows from a line has happened before the next."""

    def __init__(self, muster: Muster, playground: Playground, printer: Printer) -> None:
        self._muster = muster
        self._playground = playground
        self._town = playground.town
        self._printer = printer
        self._zone = ZoneInfo(muster.settings.timezone)
        #: The form that is open for a person, and where.
        self._forms: dict[str, tuple[Form, Where]] = {}

    async def do(self, statement: Statement) -> None:
        """Do it, and all that follows. NotUnderstoodError: it cannot be done."""
        try:
            await self._do(statement)
        except Permanent as refusal:
            raise NotUnderstoodError(_refused(refusal.code)) from refusal
        finally:
            await self._muster.worker.drain()

    def meet(self, statements: Iterable[Statement]) -> None:
        """Let everybody be there already who will do something: they can be spoken of before."""
        for statement in statements:
            try:
                match statement:
                    case Says(who) | Presses(who) | Fills(who):
                        self._person(who)
                    case Introduces(name) if self._find(name) is None:
                        self._add(statement)
                    case Introduces() | MakesChannel() | Advances() | GoesTo():
                        pass
            except (Permanent, NotUnderstoodError):
                continue  # said when it is their turn

    async def _do(self, statement: Statement) -> None:
        match statement:
            case Says():
                await self._say(statement)
            case Presses():
                await self._press(statement)
            case Fills():
                await self._fill(statement)
            case Introduces():
                self._introduce(statement)
            case MakesChannel():
                await self._make_channel(statement)
            case Advances(by):
                await self._go_on(self._later(by))
            case GoesTo(at):
                await self._go_on(at if at.tzinfo else at.replace(tzinfo=self._zone))
            case _:
                assert_never(statement)

    # What people do.

    async def _say(self, says: Says) -> None:
        person = self._person(says.who)
        channel = self._channel(person, says.place or HOME)
        if person.id not in channel.members and not channel.private and not channel.archived:
            await self._playground.join(person.id, channel.id)
        shown = await self._playground.say(person.id, channel.id, says.text)
        self._keep_form(person, shown, Where(channel.id))

    async def _press(self, presses: Presses) -> None:
        person = self._person(presses.who)
        if presses.place is not None:
            channels = [self._channel(person, presses.place)]
        else:
            channels = [
                channel
                for channel in self._town.channels.everything()
                if self._town.channels.can_see(person.id, channel.id)
            ]
        message, button = buttons.find(self._town, person, channels, presses.label, presses.beside)
        shown = await self._playground.press(person.id, message.id, encode(button))
        self._keep_form(person, shown, Where(message.channel, message.thread))

    async def _fill(self, fills: Fills) -> None:
        person = self._person(fills.who)
        if person.id not in self._forms:
            raise NotUnderstoodError(t("No form is open for {who}.", who=Strong(person.name)))
        form, where = self._forms[person.id]
        values = fill(form, fills.values, self._user)
        del self._forms[person.id]
        shown = await self._playground.submit(person.id, form.command, values, form.kept, where)
        self._keep_form(person, shown, where)

    def _keep_form(self, person: Person, shown: Shown, where: Where) -> None:
        if shown.form is not None:
            self._forms[person.id] = (shown.form, where)

    # Who, and where.

    def _person(self, name: str) -> Person:
        """Somebody by name or id; somebody new, if there is none."""
        return self._find(name) or self._add(Introduces(name))

    def _find(self, name: str) -> Person | None:
        wanted = " ".join(name.split()).casefold()
        for person in self._town.people.everybody():
            if wanted in {person.name.casefold(), person.id}:
                return person
        return None

    def _user(self, name: str) -> str | None:
        found = self._find(name)
        return found.id if found else None

    def _add(self, new: Introduces) -> Person:
        try:
            person = self._town.people.add(new.name, lang=new.lang, zone=new.zone)
        except Permanent as refusal:
            if refusal.code != "invalid_name":
                raise
            sentence = t("Nobody can be called {name}.", name=Strong(new.name))
            raise NotUnderstoodError(sentence) from refusal
        if new.is_admin:
            person = self._town.people.change(person.id, is_admin=True)
        speaks, zone = LANGUAGE_NAMES[person.lang], person.zone
        self._printer.note(
            t(
                "{name} is new here: {language}, {zone}",
                name=person.name,
                language=speaks,
                zone=zone,
            )
        )
        return person

    def _introduce(self, new: Introduces) -> None:
        known = self._find(new.name)
        if known is None:
            self._add(new)
            return
        is_admin = True if new.is_admin else None
        self._town.people.change(known.id, lang=new.lang, zone=new.zone, is_admin=is_admin)

    def _channel(self, person: Person, place: str) -> Channel:
        """A channel that somebody sees, by the key of its room, its name, or as "dm"."""
        if place.lower() == DIRECT:
            return self._town.channels.direct(person.id)
        key = RoomKey.parse(place)
        for channel in self._town.channels.everything():
            is_it = channel.title.startswith(f"{key} ") if key else channel.name == place.lower()
            if is_it and self._town.channels.can_see(person.id, channel.id):
                return channel
        raise NotUnderstoodError(
            t("{who} sees no channel {place}.", who=Strong(person.name), place=Strong(place))
        )

    async def _make_channel(self, makes: MakesChannel) -> None:
        everybody = self._town.people.everybody()
        if not everybody:
            raise NotUnderstoodError(t("There is nobody yet to make a channel."))
        try:
            made = await self._playground.create_channel(
                everybody[0].id, makes.name, private=makes.is_private
            )
        except Permanent as refusal:
            if refusal.code != "invalid_name":
                raise
            characters = Code("a-z 0-9 - _")
            raise NotUnderstoodError(
                t("The name of a channel has only {characters} in it.", characters=characters)
            ) from refusal
        if not makes.is_private:
            others = tuple(person.id for person in everybody[1:])
            await self._playground.invite(everybody[0].id, made.id, others)

    # When.

    def _later(self, by: timedelta) -> datetime:
        try:
            return self._muster.clock.now() + by
        except OverflowError as error:
            raise NotUnderstoodError(t("That is too far away.")) from error

    async def _go_on(self, to: datetime) -> None:
        now = self._muster.clock.now()
        if to < now:
            raise NotUnderstoodError(t("The clock does not go back. It is {now}.", now=When(now)))
        await self._muster.advance(to)
        self._printer.note(t("It is {now}", now=When(to)))


def _refused(code: str) -> Msg:
    return _REFUSALS.get(code) or t("The playground does not do that: {code}.", code=Code(code))

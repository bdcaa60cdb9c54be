"""Bringing what came in to the door: who it is from, where it happened, whom it names.

Feishu says with a delivery only what somebody's open_id is. So whoever is not known yet is looked
up on the way, which Feishu's three seconds allow for; a look-up that fails or takes too long holds
nothing up, and its fruits come to the door later, as a `ProfileSeen`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

import structlog

from adapters.feishu.parse import PLATFORM, Click
from adapters.feishu.people import People, Profile
from adapters.feishu.places import MOST_OFFERED, Places
from bot.core.errors import MusterError, Unavailable
from bot.core.events import ProfileSeen
from bot.core.platform import (
    Answer,
    Handle,
    Happened,
    Incoming,
    Sender,
    Submitted,
    Typed,
    Unacquainted,
)

log = structlog.get_logger(__name__)
#: Seconds that a look-up may take on the way to the door: Feishu waits for three in all.
PATIENCE = 1.0
#: As above, beside the way.
_CALMLY = 10.0
#: People who are looked up on the way, at once.
_MOST_AT_ONCE = 20


def _outsider(sender: Sender, profile: Profile) -> bool | None:
    """Whether a sender is of another organisation.

    Whom the tenant's own directory shows is not, whatever their key: the two keys in Feishu's
    published samples of one event are not the same either, so a key alone is not believed.
    """
    return False if profile.is_seen else sender.is_outsider


class Visits:
    """What comes from one app's Feishu to the door."""

    def __init__(self, app: str, people: People, places: Places) -> None:
        self._app = app
        self._people = people
        self._places = places
        self.handle: Handle | None = None
        #: People of whom the door has to be told more.
        self.strangers: set[str] = set()

    async def placed(self, click: Click) -> Click:
        """A click, with whether anybody else can see where it was made."""
        if click.incoming.is_direct or not click.chat:
            return click
        is_direct = await self._places.is_direct(click.chat, PATIENCE)
        place = click.incoming.place
        if not is_direct or place is None or place.channel != click.chat:
            return click
        return replace(click, incoming=replace(click.incoming, is_direct=True))

    def must_ask(self, incoming: Incoming) -> bool:
        """Whether Feishu has to be asked who sent it before it can be brought to the door."""
        user = incoming.sender.user
        return bool(user) and self._people.known(user) is None

    async def take_in(self, incoming: Incoming) -> Answer:
        """Bring a delivery to the door. Unavailable: nothing was accepted."""
        self._remember(incoming)
        user, what = incoming.sender.user, incoming.what
        if isinstance(what, Happened):
            return await self._bring_fact(incoming)
        named = tuple(what.names) if isinstance(what, Typed | Submitted) else ()
        picked = named if isinstance(what, Submitted) else ()
        await self._look_up((user, *picked))
        self.strangers.update(each for each in named if self._people.known(each) is None)
        return await self._bring(incoming)

    async def _bring(self, incoming: Incoming) -> Answer:
        known = self._acquainted(incoming)
        try:
            return await self.to_the_door(known)
        except Unacquainted:
            await self._look_up((incoming.sender.user,))
            known = self._acquainted(incoming)
            sender = replace(known.sender, is_known=True)
            return await self.to_the_door(replace(known, sender=sender))

    async def _bring_fact(self, incoming: Incoming) -> Answer:
        """What happened needs nobody's profile; one that is news is not believed any longer."""
        assert isinstance(incoming.what, Happened)
        user = incoming.sender.user
        if isinstance(incoming.what.event, ProfileSeen):
            self._people.forget(user)
        elif user and self._people.known(user) is None:
            self.strangers.add(user)
        return await self._bring(incoming)

    async def to_the_door(self, incoming: Incoming) -> Answer:
        """Bring it as it is. Unavailable: nothing was accepted."""
        if self.handle is None:
            raise Unavailable
        return await self.handle(incoming)

    def _remember(self, incoming: Incoming) -> None:
        if incoming.place is not None and isinstance(incoming.what, Typed):
            self._places.note(incoming.place.channel, is_direct=incoming.is_direct)

    async def _look_up(self, users: Iterable[str]) -> None:
        """Look people up who are not known, in the time that there is."""
        unknown = [
            each for each in dict.fromkeys(users) if each and self._people.known(each) is None
        ]
        if not unknown:
            return
        self.strangers.update(unknown)
        looking = asyncio.gather(
            *(self._profile(each, PATIENCE) for each in unknown[:_MOST_AT_ONCE])
        )
        await looking

    async def _profile(self, user: str, patience: float) -> Profile | None:
        try:
            async with asyncio.timeout(patience):
                return await self._people.profile(user)
        except (TimeoutError, MusterError) as error:
            log.info("feishu.person_unknown", reason=type(error).__name__)
            return None

    def _acquainted(self, incoming: Incoming) -> Incoming:
        """With all that is known of the sender, and of those whom it names."""
        sender = incoming.sender
        profile = self._people.known(sender.user)
        if profile is None:
            is_known = not sender.user
            sender = replace(sender, is_admin=False, is_known=is_known, is_outsider=None)
        else:
            sender = replace(
                sender,
                name=profile.name or sender.name,
                is_admin=profile.is_admin or None,
                is_outsider=_outsider(sender, profile),
            )
        what = incoming.what
        if isinstance(what, Typed | Submitted):
            known = {
                user: found.name
                for user in what.names
                if (found := self._people.known(user)) and found.name
            }
            what = replace(what, names={**what.names, **known})
        return replace(incoming, sender=sender, what=what)

    async def meet(self) -> None:
        """Tell the door what its new people are called and whom they report to, and so on up."""
        users, self.strangers = list(self.strangers), set()
        for user in users:
            profile = await self._profile(user, _CALMLY)
            if profile is None or not profile.is_seen:
                continue
            above = profile.manager
            if above and above not in users and self._people.known(above) is None:
                users.append(above)
            sender = Sender(user, profile.name, is_admin=profile.is_admin or None)
            seen = Incoming(
                PLATFORM,
                self._app,
                f"profile {uuid4().hex}",
                sender,
                Happened(ProfileSeen(profile.is_active, profile.manager)),
                is_answerable=False,
            )
            with contextlib.suppress(Unavailable):  # it comes again with the next look-up
                await self.to_the_door(seen)

    async def candidates(self, chat: str, user: str, patience: float) -> tuple[str, ...]:
        """Whom `user` may want to choose in a form: themselves, the group, whom Muster met.

        A picker without candidates offers the people of the chat in which the card stands, which in
        a direct conversation are the two of them.
        """
        inside = await self._places.members(chat, patience) if chat else ()
        everybody = dict.fromkeys((user, *inside, *self._people.met()))
        return tuple(everybody)[:MOST_OFFERED]

"""A workspace: its people, its conversations, the app installed in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.channels import Channel
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message
from tests.fakes.slack.users import Group, User, handle
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack

KINDS = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}


@dataclass(eq=False)
class Installation:
    """The app in one workspace. `status` is the error its token gets, or empty."""

    bot_token: str
    bot: User
    scopes: set[str] | None = None
    refresh_token: str = ""
    expires: float = 0.0
    status: str = ""


@dataclass(eq=False)
class Workspace:
    slack: FakeSlack
    id: str
    name: str
    domain: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    #: Profile fields that the workspace has added: id → what team.profile.get shows.
    profile_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    installation: Installation | None = None
    #: The modals that each person has open, the lowest first.
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    canvases: dict[str, dict[str, Any]] = field(default_factory=dict)
    scheduled: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"https://{self.domain}.slack.com/"

    # The app.

    @property
    def bot(self) -> User:
        assert self.installation is not None, f"the app is not installed in {self.name}"
        return self.installation.bot

    @property
    def bot_token(self) -> str:
        assert self.installation is not None, f"the app is not installed in {self.name}"
        return self.installation.bot_token

    @property
    def is_installed(self) -> bool:
        return self.installation is not None and not self.installation.status

    def install(
        self, scopes: Iterable[str] | None = None, *, rotating: bool = False
    ) -> Installation:
        """Install the app, or install it anew: the bot user stays, the token is new."""
        old = self.installation
        bot = old.bot if old else self._bot()
        token = f"xoxb-{self.slack.ids.number()}-{secrets.token_hex(12)}"
        made = Installation(token, bot, set(scopes) if scopes is not None else None)
        if rotating:
            made.bot_token = f"xoxe.{token}"
            made.refresh_token = f"xoxe-1-{secrets.token_hex(16)}"
            made.expires = self.slack.clock.now() + 43_200
        if old:
            self.slack.retire(old)
        bot.deleted = False
        self.installation = made
        self.slack.tokens[made.bot_token] = (self, made)
        return made

    def grants(self, scopes: Iterable[str]) -> None:
        """The bot has these scopes and no others; `missing_scope` is answered for the rest."""
        assert self.installation is not None
        self.installation.scopes = set(scopes)

    def revokes(self) -> None:
        """Somebody revokes the bot's token: it is worthless and the app is told."""
        assert self.installation is not None
        self.installation.status = "token_revoked"
        tokens = {"oauth": [], "bot": [self.installation.bot.id]}
        self.slack.events.tell(self, {"type": "tokens_revoked", "tokens": tokens}, always=True)

    def uninstalls(self) -> None:
        """Somebody removes the app: tokens and the bot user are gone, the app is told."""
        assert self.installation is not None
        self.installation.status = "account_inactive"
        tokens = {"oauth": [], "bot": [self.installation.bot.id]}
        self.slack.events.tell(self, {"type": "tokens_revoked", "tokens": tokens}, always=True)
        self.slack.events.tell(self, {"type": "app_uninstalled"}, always=True)
        self.installation.bot.deleted = True
        for channel in self.channels.values():
            if self.installation.bot.id in channel.members:
                channel.members.remove(self.installation.bot.id)

    def _bot(self) -> User:
        name = self.slack.app_name
        ids = self.slack.ids
        bot = User(ids.new("U"), self.id, handle(name), name, name, is_bot=True)
        bot.bot_id, bot.app_id = ids.new("B"), self.slack.app_id
        self.users[bot.id] = bot
        return bot

    def bot_profile(self) -> dict[str, Any]:
        """What messages of the bot say about it."""
        return {
            "id": self.bot.bot_id,
            "deleted": False,
            "name": self.bot.real_name,
            "updated": self.bot.updated,
            "app_id": self.slack.app_id,
            "icons": {"image_36": "", "image_48": "", "image_72": ""},
            "team_id": self.id,
        }

    # Setting the scene.

    def person(self, name: str, **about: Any) -> Person:
        """Somebody by display name: known, or new with what is said `about` them (fields of User).

        `manager=` takes a Person and fills the workspace's profile field "Manager".
        """
        from tests.fakes.slack.people import Person

        for person in self.people.values():
            if person.user.display_name == name:
                return person
        manager = about.pop("manager", None)
        user = User(self.slack.ids.new("U"), self.id, handle(name), name, name, **about)
        user.email = user.email or f"{user.id.lower()}@{self.domain}.example.com"
        user.updated = int(self.slack.clock.now())
        if manager is not None:
            user.fields[self.profile_field("Manager", "user")] = manager.user.id
        self.users[user.id] = user
        self.people[user.id] = Person(self.slack, self, user)
        if (general := self.named("general")) and not user.is_restricted:
            general.members.append(user.id)
        return self.people[user.id]

    def channel(
        self,
        name: str,
        *,
        private: bool = False,
        members: Sequence[Person] = (),
        bot: bool = True,
        shared: bool = False,
    ) -> Channel:
        """A channel that is there already (created without any event), or known by its name."""
        if found := self.named(name):
            return found
        made = self.make_channel(name, "group" if private else "channel", "")
        made.members += [person.user.id for person in members]
        if bot and self.installation is not None:
            made.members.append(self.bot.id)
        if shared:
            made.shared_with.append(self.slack.ids.new("T"))
        return made

    def group(self, name: str, members: Sequence[Person] = ()) -> Group:
        """A user group with this handle."""
        users = [person.user.id for person in members]
        made = Group(
            self.slack.ids.new("S"), self.id, name, name, users, int(self.slack.clock.now()), ""
        )
        self.groups[made.id] = made
        return made

    def profile_field(self, label: str, kind: str = "text") -> str:
        """The id of a profile field that the workspace has, now if not before."""
        for known in self.profile_fields.values():
            if known["label"] == label:
                return str(known["id"])
        made = self.slack.ids.new("Xf")
        self.profile_fields[made] = {
            "id": made,
            "ordering": len(self.profile_fields),
            "label": label,
            "hint": "",
            "type": kind,
            "possible_values": None,
            "options": None,
            "is_hidden": False,
            "section_id": "",
            "is_inverse": False,
            "field_name": label.lower() if label == "Manager" else "",
        }
        return made

    # Conversations.

    def named(self, name: str) -> Channel | None:
        for channel in self.channels.values():
            if channel.name == name.removeprefix("#") and not channel.is_deleted:
                return channel
        return None

    def make_channel(self, name: str, kind: str, creator: str) -> Channel:
        """A conversation with nobody in it; who calls says who is told."""
        made = Channel(
            self.slack.ids.new("D" if kind == "im" else "C"),
            self.id,
            name,
            kind,
            creator,
            int(self.slack.clock.now()),
        )
        self.channels[made.id] = made
        return made

    def direct(self, one: str, other: str) -> Channel:
        """The direct messages of two users, opened if they were not."""
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {one, other}:
                return channel
        made = self.make_channel("", "im", one)
        made.members += [one, other]
        return made

    def visible(self, channel: str, viewer: str) -> Channel:
        """A conversation that `viewer` may know of; SlackError otherwise."""
        found = self.channels.get(channel)
        if found is None or found.is_deleted:
            raise SlackError("channel_not_found")
        if found.is_private and viewer not in found.members:
            raise SlackError("channel_not_found")
        return found

    def permalink(self, channel: Channel, message: Message) -> str:
        link = f"{self.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return link

    def posts_of(self, channel: Channel) -> list[Message]:
        """What the bot has posted there and not deleted, oldest first."""
        return [
            message
            for message in channel.shown()
            if message.user == self.bot.id and message.subtype in ("", "file_share")
        ]

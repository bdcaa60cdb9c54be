"""What Feishu sends, as deliveries. Pure: the body of an event in, `Incoming`s out.

Shapes: the pages of the single events at open.feishu.cn ("Receive message", "Card callback",
"User added to a group" …). An app's id stands for the workspace: open_ids are the app's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.feishu import answers
from adapters.feishu.happenings import happenings, is_outsider
from bot.core.effects import Address, Quoted
from bot.core.errors import reading
from bot.core.platform import Happened, Incoming, Picked, Pressed, Sender, Submitted, Typed
from bot.core.text import Language
from bot.core.words import fold

PLATFORM: Final = "feishu"
_Json = Mapping[str, Any]
_MENTION = re.compile(r"@_user_\d+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
#: The language of somebody's client, in what it says of itself: "… LarkLocale/en_US …".
_LOCALE = re.compile(r"\bLarkLocale/(en|zh)(?![a-z])", re.IGNORECASE)
#: What makes no other address of a link: "example.com" leads to "https://example.com/".
_AROUND_A_LINK = re.compile(r"^https?://|/$", re.IGNORECASE)
#: What stands for a part of a card that cannot be read back.
_UNREADABLE = "请升级至最新版本客户端"
#: What is said in reply to a message to have it noted.
_NOTE_IT = {"记一下", "记下", "记录", "记", "note", "note it", "📌"}


@dataclass(frozen=True, slots=True)
class Ours:
    """What Muster is called in an app."""

    app: str
    bot: str
    name: str = "Muster"
    #: The first words of its commands, in every language, folded.
    roots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Click:
    """A press or a sent form, which somebody waits for."""

    incoming: Incoming
    chat: str
    message: str
    #: Redraws the card afterwards: 30 minutes, twice.
    token: str
    is_form: bool
    is_cancelled: bool = False
    #: Whether the form is a card of its own, shown to this person alone.
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class NoteIt:
    """Somebody replied to a message that it be noted: it has to be read first."""

    incoming: Incoming
    message: str

    def as_picked(self, picked: Picked) -> Incoming:
        """As if they had chosen that in the menu of the message."""
        return replace(self.incoming, what=picked)


@dataclass(frozen=True, slots=True)
class Below:
    """Words below the message `root`: whether it is Muster's own has to be found out first."""

    incoming: Incoming
    root: str

    def as_answer(self) -> Incoming:
        """As said in its thread, also where they only replied."""
        place = self.incoming.place
        assert place is not None, "a message stands in a chat"
        return replace(self.incoming, place=replace(place, thread=self.root))


def kind_of(body: _Json) -> str:
    """Which event it is; "" for none that can be understood."""
    header = body.get("header")
    if isinstance(header, Mapping):
        return str(header.get("event_type") or "")
    event = body.get("event")
    return str(event.get("type") or "") if isinstance(event, Mapping) else ""


@reading()
def parse(body: _Json, ours: Ours) -> list[Incoming | Click | NoteIt | Below]:
    """The deliveries in an event: none for what Muster has no use for. Unreadable: see there."""
    event = body.get("event")
    if not isinstance(event, Mapping):
        return []
    header = body.get("header")
    header = header if isinstance(header, Mapping) else {}
    delivery = str(header.get("event_id") or body.get("uuid") or "")
    tenant = str(header.get("tenant_key") or "")
    match kind_of(body):
        case "im.message.receive_v1":
            spoken = _spoken(event, tenant, ours)
            return [spoken] if spoken is not None else []
        case "card.action.trigger":
            click = _clicked(event, delivery, tenant, ours)
            return [click] if click is not None else []
        case "application.bot.menu_v6":
            return [_menu(event, delivery, ours)]
        case kind:
            return list(_happened(kind, event, delivery, tenant, ours))


def open_id(found: Any) -> str:
    """The open_id in any of the shapes in which Feishu names a person."""
    if isinstance(found, Mapping):
        return str(found.get("open_id") or "")
    return str(found or "")


def instant(milliseconds: Any) -> datetime:
    """An instant from Feishu's milliseconds since 1970, as text or number."""
    return datetime.fromtimestamp(int(milliseconds or 0) / 1000, UTC)


def _address(ours: Ours, chat: str, thread: str | None = None) -> Address | None:
    return Address(PLATFORM, ours.app, chat, thread) if chat else None


# Messages.


def _spoken(event: _Json, tenant: str, ours: Ours) -> Incoming | NoteIt | Below | None:
    """Words for Muster, or that may be. All other talk is dropped here, unread."""
    message: _Json = event.get("message") or {}
    sender: _Json = event.get("sender") or {}
    if sender.get("sender_type") not in {None, "user"}:
        return None
    mentions = message.get("mentions") or []
    is_direct = message.get("chat_type") == "p2p"
    text = message_text(message.get("message_type"), message.get("content"), mentions)
    me = f"<@{ours.bot}>"
    # A native slash command may arrive without a mention, even in a group.
    is_meant = is_direct or me in text or _names_a_command(text, ours)
    text = _addressed(text, me).replace(me, " ", 1).strip()
    parent = str(message.get("parent_id") or "")
    root = str(message.get("root_id") or "")
    is_note = bool(parent) and fold(text) in _NOTE_IT
    # A mention in a thread says by itself where it stands, and so does a command.
    is_clear = is_meant and (bool(_thread(message)) or _begins_as_one(text, ours))
    is_below = bool(root and text) and not is_direct and not is_clear
    if not is_meant and not is_note and not is_below:
        return None
    named = {user: name for user, name in names_of(mentions).items() if user != ours.bot}
    what = Typed(text, named, is_overheard=not is_meant and not is_note)
    # The same message may come again as another event: its own id is what counts (documented).
    incoming = Incoming(
        PLATFORM,
        ours.app,
        f"message {message.get('message_id')}",
        Sender(
            open_id(sender.get("sender_id")),
            lang=_locale(message) or _language(text),
            is_outsider=is_outsider(sender, tenant),
        ),
        what,
        _address(ours, str(message.get("chat_id") or ""), _thread(message)),
        is_direct=is_direct,
        is_answerable=False,
    )
    if is_note:
        return NoteIt(incoming, parent)
    return Below(incoming, root) if is_below else incoming


def _addressed(text: str, me: str) -> str:
    """A text without the title above a line that begins with Muster's name."""
    title, _, rest = text.partition("\n")
    return rest if me not in title and rest.lstrip().startswith(me) else text


def _locale(message: _Json) -> Language | None:
    """The language of the client that it was written with; said only where the app may know it."""
    found = _LOCALE.search(str(message.get("user_agent") or ""))
    if found is None:
        return None
    return "zh" if found[1].casefold() == "zh" else "en"


def _language(text: str) -> Language | None:
    """Chinese for who writes Chinese, where nothing else is known of them."""
    return "zh" if _HAN.search(text) else None


def _names_a_command(text: str, ours: Ours) -> bool:
    return text.startswith(("/", "\uff0f")) and _begins_as_one(text[1:], ours)


def _begins_as_one(text: str, ours: Ours) -> bool:
    """Whether the first word of a text is that of a command."""
    first = text.split(maxsplit=1)[:1]
    return bool(first) and fold(first[0]) in ours.roots


def _thread(message: _Json) -> str | None:
    """The message that a thread hangs on, which may be this one; None outside threads.

    There replies only quote.
    """
    if not message.get("thread_id"):
        return None
    return str(message.get("root_id") or message.get("message_id") or "") or None


def names_of(mentions: Any) -> dict[str, str]:
    """What the people mentioned are called, by open_id."""
    found: dict[str, str] = {}
    for each in mentions or []:
        user = open_id(each.get("id"))
        if user:
            found[user] = str(each.get("name") or user)
    return found


def message_text(kind: Any, content: Any, mentions: Any) -> str:
    """The words of a message, people in it as `<@open_id>`; "" for what has none."""
    try:
        shown = json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return ""
    if not isinstance(shown, Mapping):
        return ""
    people = {str(each.get("key")): open_id(each.get("id")) for each in mentions or []}
    match kind:
        case "text":
            text = str(shown.get("text") or "")
        case "post":
            text = "\n".join(_post_lines(shown))
        case "file" | "folder":
            text = str(shown.get("file_name") or "")
        case "interactive":
            text = "\n".join(line for line in _card_lines(shown) if line)
        case _:
            text = ""
    text = _MENTION.sub(lambda found: f"<@{people.get(found[0]) or found[0]}>", text)
    return text.replace("@_all", "@all").strip()


def _post_lines(shown: _Json) -> Iterator[str]:
    """The lines of a rich text; what comes in has one language, what is read may have several."""
    inner: Any = shown if "content" in shown else next(iter(shown.values()), {})
    if not isinstance(inner, Mapping):
        return
    if inner.get("title"):
        yield str(inner["title"])
    for line in inner.get("content") or []:
        yield "".join(_post_part(part) for part in line if isinstance(part, Mapping))


def _card_lines(shown: _Json) -> Iterator[str]:
    """The lines of a card as it is read back: its title, and rows of its elements."""
    if shown.get("title"):
        yield str(shown["title"]).strip()
    for row in shown.get("elements") or []:
        parts = row if isinstance(row, list) else [row]
        texts = [_post_part(part) for part in parts if isinstance(part, Mapping)]
        yield "".join(text for text in texts if not text.startswith(_UNREADABLE)).strip()


def _post_part(part: _Json) -> str:
    match part.get("tag"):
        case "at":
            return _named(part)
        case "a":
            text, href = str(part.get("text") or ""), str(part.get("href") or "")
            return text if _address_of(text) == _address_of(href) else f"{text} {href}".strip()
        case "button":
            return f" [{part['text']}]" if isinstance(part.get("text"), str) else ""
        case _:
            return str(part.get("text") or "")


def _named(part: _Json) -> str:
    """A person in a text: by a key of the message, or in a card by their id or their name alone."""
    user = str(part.get("user_id") or "")
    if user.startswith("ou_"):
        return f"<@{user}>"
    name = str(part.get("user_name") or "")
    return user or (f"@{name}" if name else "")


def _address_of(link: str) -> str:
    """What a link leads to, however it is written."""
    return _AROUND_A_LINK.sub("", link.strip())


# Clicks.


def _clicked(event: _Json, delivery: str, tenant: str, ours: Ours) -> Click | None:
    action: _Json = event.get("action") or {}
    context: _Json = event.get("context") or {}
    chat = str(context.get("open_chat_id") or event.get("open_chat_id") or "")
    message = str(context.get("open_message_id") or event.get("open_message_id") or "")
    is_form = answers.is_submission(action)
    made_with = answers.context(action)
    place = str(made_with.get("chat") or chat)
    try:
        if is_form:
            command, values, kept = answers.submitted(action)
            what: Submitted | Pressed = Submitted(command, values, kept, _picked(values))
        else:
            what = Pressed(answers.payload(action), message or None)
    except answers.NotOurs:
        return None
    zone = action.get("timezone")
    operator: _Json = event.get("operator") or {}
    incoming = Incoming(
        PLATFORM,
        ours.app,
        f"click {delivery or event.get('token')}",
        Sender(
            open_id(operator),
            zone=str(zone) if zone else None,
            is_outsider=is_outsider(operator, tenant),
        ),
        what,
        _address(ours, place, made_with.get("thread")),
        is_direct=bool(made_with.get("direct", False)),
    )
    return Click(
        incoming,
        chat,
        message,
        str(event.get("token") or ""),
        is_form,
        answers.is_cancelled(action),
        is_own=bool(made_with.get("own")),
    )


def _picked(values: Mapping[str, str | tuple[str, ...]]) -> dict[str, str]:
    """The people chosen in a form; what they are called is found out later."""
    given = [each if isinstance(each, tuple) else (each,) for each in values.values()]
    return {one: one for each in given for one in each if one.startswith("ou_")}


# What happens.


def _menu(event: _Json, delivery: str, ours: Ours) -> Incoming:
    """The bot's menu: an entry's key is a command, "warroom_open" or "warroom open"."""
    operator: _Json = event.get("operator") or {}
    words = str(event.get("event_key") or "").replace("_", " ").strip()
    return Incoming(
        PLATFORM,
        ours.app,
        f"menu {delivery}",
        Sender(open_id(operator.get("operator_id")), str(operator.get("operator_name") or "")),
        Typed(f"/{words}"),
        is_direct=True,
        is_answerable=False,
    )


def _happened(
    kind: str, event: _Json, delivery: str, tenant: str, ours: Ours
) -> Iterator[Incoming]:
    for position, found in enumerate(happenings(kind, event, tenant)):
        yield Incoming(
            PLATFORM,
            ours.app,
            f"event {delivery} {position}",
            found.sender,
            Happened(found.event),
            _address(ours, found.chat),
            is_answerable=False,
        )


def quoted(found: _Json) -> Quoted:
    """A message as `GET /im/v1/messages/:id` gives it."""
    mentions = found.get("mentions") or []
    body: _Json = found.get("body") or {}
    sender: _Json = found.get("sender") or {}
    chat = str(found.get("chat_id") or "")
    return Quoted(
        chat,
        str(found.get("message_id") or ""),
        str(sender.get("id") or ""),
        message_text(found.get("msg_type"), body.get("content"), mentions),
        instant(found.get("create_time")),
        thread=_thread(found),
        names=names_of(mentions),
    )

"""What Slack sends, as deliveries. Pure: a payload in, an `Incoming` out.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands (commands),
https://docs.slack.dev/reference/interaction-payloads (interactions),
https://docs.slack.dev/apis/events-api (events).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.slack import buttons, views
from adapters.slack.happenings import happening
from adapters.slack.incoming_text import message_text, plain_text
from bot.core.effects import Address, Quoted
from bot.core.errors import reading
from bot.core.platform import Happened, Incoming, Picked, Pressed, Sender, Submitted, Typed

PLATFORM: Final = "slack"
_Payload = Mapping[str, Any]
#: A mention as people type it, with the name that Slack may add to it.
_NAMED = re.compile(r"<@([UW][A-Z0-9]+)\|([^>]{1,200})>")
_USER = re.compile(r"[UW][A-Z0-9]{5,20}")
_NOT_SPOKEN = {"bot_message", "message_changed", "message_deleted", "channel_join", "channel_leave"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """The interaction that a delivery came by: what an answer can be shown with.

    `kind` says which of Slack's payloads it was.
    """

    kind: str
    trigger: str = ""
    response_url: str = ""
    #: The modal that was sent, or in which a button was pressed.
    view: Mapping[str, Any] | None = None
    #: On somebody's App Home there is no channel to answer in.
    is_home: bool = False
    #: The button stood in a message that only one person sees: it cannot be updated by its id.
    is_ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A delivery, and the occasion that it came by."""

    incoming: Incoming
    occasion: Occasion
    #: Users whom the text mentions.
    mentioned: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ours:
    """What Muster is called in a workspace."""

    workspace: str
    bot_user: str
    bot: str = ""


@reading()
def parse(  # noqa: PLR0911  one a payload
    body: _Payload, ours: Ours, prefix: str = ""
) -> Parsed | None:
    """The delivery in a payload; None for one that Muster has no use for. Unreadable: see there.

    `prefix` stands before the names of the slash commands in this workspace.
    """
    if "command" in body:
        return _command(body, ours, prefix)
    match body.get("type"):
        case "block_actions":
            return _pressed(body, ours)
        case "view_submission":
            return _submitted(body, ours)
        case "message_action":
            return _picked(body, ours)
        case "shortcut":
            return _shortcut(body, ours)
        case "event_callback":
            return _event(body, ours, prefix)
        case _:
            return None


def _identity(body: _Payload) -> str:
    """What is the same when the same payload comes again: its trigger, else all of it."""
    trigger = body.get("trigger_id")
    if trigger:
        return str(trigger)
    kept = {name: value for name, value in body.items() if name != "token"}  # as it is noted
    packed = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()


def delivery_of(body: _Payload) -> str | None:
    """What `parse` calls the delivery of a slash command; None for any other payload.

    It costs next to nothing: in a crowd a command is noted before it is taken apart.
    """
    return f"command {_identity(body)}" if "command" in body and "user_id" in body else None


def _address(ours: Ours, channel: str, thread: str | None = None) -> Address | None:
    return Address(PLATFORM, ours.workspace, channel, thread) if channel else None


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")


def _outsider(body: _Payload, team: object, ours: Ours) -> bool | None:
    """True for somebody whose `team` is another than Muster's; else the profile has to say.

    In an Enterprise Grid a payload may name another workspace of the same organisation.
    """
    on_grid = body.get("enterprise_id") or body.get("enterprise") or ours.workspace.startswith("E")
    authorized = body.get("authorizations") or ()
    if not team or on_grid or any(each.get("enterprise_id") for each in authorized):
        return None
    return True if team != ours.workspace else None


def _command(body: _Payload, ours: Ours, prefix: str) -> Parsed:
    raw = str(body.get("text") or "")
    text = plain_text(raw)
    channel = str(body.get("channel_id") or "")
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        f"command {_identity(body)}",
        Sender(
            str(body["user_id"]),
            str(body.get("user_name") or ""),
            is_outsider=_outsider(body, body.get("team_id"), ours),
        ),
        _typed(f"{body['command']} {text}".rstrip(), prefix, names=_names(raw, mentioned(text))),
        _address(ours, channel),
        is_direct=_is_direct(channel),
    )
    trigger, url = str(body.get("trigger_id") or ""), str(body.get("response_url") or "")
    return Parsed(incoming, Occasion("command", trigger, url), mentioned(text))


def _typed(text: str, prefix: str, **more: Any) -> Typed:
    """What somebody wrote, its slash command by the name that it has everywhere."""
    name = text.lstrip("/")
    if not prefix or name == text or not name.startswith(prefix):
        return Typed(text, **more)
    return Typed(f"/{name.removeprefix(prefix)}", prefix=prefix, **more)


def mentioned(text: str) -> tuple[str, ...]:
    """The users whom a text mentions, by id."""
    return tuple(dict.fromkeys(re.findall(r"<@([UW][A-Z0-9]+)>", text)))


def _names(raw: str, users: tuple[str, ...]) -> dict[str, str]:
    """What those mentioned are called: Slack seldom says, and then it is their id for now."""
    return {**{user: user for user in users}, **dict(_NAMED.findall(raw))}


def _chosen(values: Mapping[str, str | tuple[str, ...]]) -> tuple[str, ...]:
    """The users that were picked in a form."""
    given = [each if isinstance(each, tuple) else (each,) for each in values.values()]
    return tuple(dict.fromkeys(one for each in given for one in each if _USER.fullmatch(one)))


def _who(body: _Payload, ours: Ours) -> Sender:
    user = body.get("user") or {}
    return Sender(
        str(user.get("id") or ""),
        str(user.get("username") or user.get("name") or ""),
        is_outsider=_outsider(body, user.get("team_id"), ours),
    )


def _pressed(body: _Payload, ours: Ours) -> Parsed | None:
    try:
        payload = buttons.pressed(body["actions"][0])
    except (ValueError, LookupError):
        return None  # a link was opened, or a picker changed: nothing was asked
    container = body.get("container") or {}
    kind = container.get("type")
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    message = container.get("message_ts")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    view: _Payload | None = body.get("view") if kind == "view" else None
    is_home = view is not None and view.get("type") == "home"
    if view is not None:
        place = _place(view)
        channel, thread = place.get("channel", ""), place.get("thread")
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        f"press {_identity(body)}",
        _who(body, ours),
        Pressed(payload, str(message) if message else None),
        _address(ours, channel, thread if thread != message else None),
        is_direct=_is_direct(channel),
    )
    occasion = Occasion(
        "press",
        str(body.get("trigger_id") or ""),
        str(body.get("response_url") or ""),
        view=view,
        is_home=is_home,
        is_ephemeral=bool(container.get("is_ephemeral")),
    )
    return Parsed(incoming, occasion)


def _place(view: _Payload) -> Mapping[str, str]:
    """Where a modal was opened, as it remembers itself; nothing for one that only says something.

    `channel`, `thread`, and `url`: the response_url of what opened it.
    """
    try:
        return views.unpacked(view.get("private_metadata") or "null").place
    except ValueError:
        return {}


def _submitted(body: _Payload, ours: Ours) -> Parsed | None:
    view: _Payload = body.get("view") or {}
    try:
        command, values, kept = views.submitted(view)
    except ValueError:
        return None  # a modal that only says something
    place = _place(view)
    channel = place.get("channel", "")
    chosen = _chosen(values)
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        f"submit {view.get('id')} {view.get('hash')} {_identity(body)}",
        _who(body, ours),
        Submitted(command, values, kept, {user: user for user in chosen}),
        _address(ours, channel, place.get("thread")),
        is_direct=_is_direct(channel) or not channel,
    )
    trigger = str(body.get("trigger_id") or "")
    return Parsed(incoming, Occasion("submit", trigger, place.get("url", ""), view), chosen)


def _picked(body: _Payload, ours: Ours) -> Parsed:
    message: _Payload = body.get("message") or {}
    channel = str((body.get("channel") or {}).get("id") or "")
    ts = str(body.get("message_ts") or message.get("ts") or "")
    thread = message.get("thread_ts")
    text = message_text(message)
    quoted = Quoted(
        channel,
        ts,
        str(message.get("user") or message.get("bot_id") or ""),
        text,
        instant(ts),
        thread=str(thread) if thread and thread != ts else None,
        names=_names(text, mentioned(text)),
    )
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        f"pick {_identity(body)}",
        _who(body, ours),
        Picked(str(body.get("callback_id") or ""), quoted),
        _address(ours, channel, quoted.thread),
        is_direct=_is_direct(channel),
    )
    trigger, url = str(body.get("trigger_id") or ""), str(body.get("response_url") or "")
    return Parsed(incoming, Occasion("pick", trigger, url), mentioned(text))


def _shortcut(body: _Payload, ours: Ours) -> Parsed:
    """One of the global shortcuts: as if its command had been typed alone, in no channel."""
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        f"shortcut {_identity(body)}",
        _who(body, ours),
        Typed(f"/{body.get('callback_id') or ''}"),
        is_direct=True,
    )
    return Parsed(incoming, Occasion("shortcut", str(body.get("trigger_id") or ""), is_home=True))


def instant(ts: str) -> datetime:
    """The instant in a message's id: seconds since 1970, with six digits after the point."""
    return datetime.fromtimestamp(float(ts or 0), UTC)


def _event(body: _Payload, ours: Ours, prefix: str) -> Parsed | None:
    event: _Payload = body["event"]
    delivery = f"event {body.get('event_id') or _identity(body)}"
    found = happening(event, ours.bot_user)
    if found is None:
        is_spoken = event.get("type") in {"app_mention", "message"}
        return _spoken(body, event, delivery, ours, prefix) if is_spoken else None
    sender = found.sender
    if sender.user:
        sender = replace(sender, is_outsider=_outsider(body, event.get("user_team"), ours))
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        delivery,
        sender,
        Happened(found.event),
        _address(ours, found.channel),
        is_direct=_is_direct(found.channel),
        is_answerable=False,
    )
    return Parsed(incoming, Occasion("event"))


def _is_below_ours(event: _Payload, ours: Ours) -> bool:
    """Whether a message stands in a thread below one of Muster's own.

    One that was sent to the channel as well names the first message of its thread instead.
    """
    root: _Payload = event.get("root") or {}
    above = event.get("parent_user_id") or root.get("user")
    return bool(event.get("thread_ts")) and above == ours.bot_user


def _spoken(
    body: _Payload, event: _Payload, delivery: str, ours: Ours, prefix: str
) -> Parsed | None:
    """Words for Muster: a mention in a channel, anything in the direct conversation with it.

    Overheard: whatever else is said in a thread below a message of Muster's own. All other talk is
    dropped here, unread.
    """
    channel = str(event.get("channel") or "")
    is_direct = event.get("channel_type") == "im" or _is_direct(channel)
    is_mention = event.get("type") == "app_mention"
    if event.get("bot_id") or event.get("subtype") in _NOT_SPOKEN or "user" not in event:
        return None
    raw = str(event.get("text") or "")
    text = plain_text(raw)
    mention = f"<@{ours.bot_user}>"
    is_overheard = not is_direct and not is_mention and _is_below_ours(event, ours)
    if is_overheard and (mention in text or not text.strip()):
        return None  # a mention comes as one too
    if is_direct is is_mention and not is_overheard:
        # What is said in a channel without a mention is not for Muster; a mention in the direct
        # conversation comes as a message too.
        return None
    text = text.replace(mention, " ", 1).strip() if mention in text else text
    incoming = Incoming(
        PLATFORM,
        ours.workspace,
        # The same message comes twice where both kinds of event are subscribed to.
        f"message {channel} {event.get('ts')}" if event.get("ts") else delivery,
        Sender(
            str(event["user"]),
            is_outsider=_outsider(body, event.get("user_team") or event.get("team"), ours),
        ),
        _typed(text, prefix, names=_names(raw, mentioned(text)), is_overheard=is_overheard),
        _address(ours, channel, event.get("thread_ts")),
        is_direct=is_direct,
        is_answerable=False,
    )
    return Parsed(incoming, Occasion("event"), mentioned(text))

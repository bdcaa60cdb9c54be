"""Messages: send, reply, change, pin, buzz, and who reacted. im/v1."""

from __future__ import annotations

import json
from typing import Literal

from adapters.feishu import pace
from adapters.feishu.client import FeishuClient, Json, Query, part

MESSAGES = "/open-apis/im/v1/messages"
#: An idempotency key's length, and for how long the platform honours it (documented, messages).
LONGEST_UUID = 50
#: People that one call may buzz.
MOST_BUZZED = 200

Kind = Literal["text", "post", "interactive", "file", "image"]
#: How a receiver's id is to be understood.
IdType = Literal["chat_id", "open_id", "union_id", "user_id", "email"]


async def send(
    client: FeishuClient,
    to: str,
    kind: Kind,
    content: Json,
    *,
    uuid: str,
    id_type: IdType = "chat_id",
) -> Json:
    """Send to a chat, or to a person (`id_type="open_id"`). Its message_id, chat_id and more.

    The same `uuid` (≤ 50 characters) within an hour sends nothing, and answers as the first time.
    """
    limits = pace.to_chat(to) if id_type == "chat_id" else pace.to_user(to)
    body = {"receive_id": to, "msg_type": kind, "content": _dumped(content), "uuid": uuid}
    query = {"receive_id_type": id_type}
    return await client.call("POST", MESSAGES, query=query, body=body, limits=limits)


async def reply(
    client: FeishuClient,
    message: str,
    kind: Kind,
    content: Json,
    *,
    uuid: str,
    chat: str | None = None,
    in_thread: bool = False,
) -> Json:
    """Reply to a message, in a thread of it if so wished. `chat`, where known, paces it."""
    body = {
        "msg_type": kind,
        "content": _dumped(content),
        "reply_in_thread": in_thread,
        "uuid": uuid,
    }
    limits = pace.to_chat(chat) if chat else pace.general()
    return await client.call("POST", f"{MESSAGES}/{part(message)}/reply", body=body, limits=limits)


async def patch(client: FeishuClient, message: str, card: Json) -> None:
    """Redraw a card of ours in place; it and the new one are shared (`update_multi`)."""
    path = f"{MESSAGES}/{part(message)}"
    limits = pace.on_message(message)
    await client.call("PATCH", path, body={"content": _dumped(card)}, limits=limits)


async def get(client: FeishuClient, message: str) -> Json | None:
    """message_id, chat_id, sender, body.content, create_time (ms); None if there is none."""
    data = await client.call("GET", f"{MESSAGES}/{part(message)}")
    items = data.get("items") or []
    return items[0] if items else None


async def withdraw(client: FeishuClient, message: str) -> None:
    await client.call("DELETE", f"{MESSAGES}/{part(message)}")


async def pin(client: FeishuClient, message: str) -> None:
    """Pin a message; harmless if it is pinned already."""
    await client.call("POST", "/open-apis/im/v1/pins", body={"message_id": message})


async def unpin(client: FeishuClient, message: str) -> None:
    await client.call("DELETE", f"/open-apis/im/v1/pins/{part(message)}")


async def reactions(client: FeishuClient, message: str, emoji: str | None = None) -> list[Json]:
    """All reactions, or those with one emoji ("Pin"): reaction_id, operator, reaction_type."""
    query = {"reaction_type": emoji, "user_id_type": "open_id", "page_size": 50}
    return await pages(client, f"{MESSAGES}/{part(message)}/reactions", query)


async def buzz(client: FeishuClient, message: str, users: tuple[str, ...]) -> tuple[str, ...]:
    """Buzz people in the app (加急) about a message of ours. Those who could not be buzzed."""
    data = await client.call(
        "PATCH",
        f"{MESSAGES}/{part(message)}/urgent_app",
        query={"user_id_type": "open_id"},
        body={"user_id_list": list(users)},
    )
    return tuple(data.get("invalid_user_id_list") or ())


async def show_only_to(client: FeishuClient, chat: str, user: str, card: Json) -> str:
    """A card in a group that one person alone sees, while they are online. Its id."""
    body = {"chat_id": chat, "open_id": user, "msg_type": "interactive", "card": card}
    limits = pace.to_one_in(chat)
    data = await client.call("POST", "/open-apis/ephemeral/v1/send", body=body, limits=limits)
    return str(data.get("message_id", ""))


async def redraw_pressed(client: FeishuClient, token: str, card: Json) -> None:
    """Redraw the card of a callback by its `token`: 30 minutes, twice, only after the answer."""
    body = {"token": token, "card": card}
    await client.call("POST", "/open-apis/interactive/v1/card/update", body=body)


async def pages(client: FeishuClient, path: str, query: Query) -> list[Json]:
    """The `items` of all pages of a list."""
    found: list[Json] = []
    page: str | None = None
    while True:
        data = await client.call("GET", path, query={**query, "page_token": page})
        found += data.get("items") or []
        following = data.get("page_token")
        if not data.get("has_more") or not following or following == page:
            return found
        page = following


def _dumped(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

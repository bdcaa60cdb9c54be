"""Groups: made, described, filled with people, furnished with tabs. im/v1."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.feishu.api.messages import pages
from adapters.feishu.client import FeishuClient, Json, part
from adapters.feishu.errors import Rejected

CHATS = "/open-apis/im/v1/chats"
#: People that one call may add, and that a new group may begin with.
MOST_MEMBERS = 50
#: What clients show well (documented as recommended).
LONGEST_NAME = 60
LONGEST_DESCRIPTION = 100


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding people: who could not be, and Feishu's number or word for why."""

    refused: dict[str, str] = field(default_factory=dict)
    #: Those for whom the group's owner must agree first.
    pending: tuple[str, ...] = ()


async def create(
    client: FeishuClient,
    name: str,
    *,
    uuid: str,
    description: str = "",
    users: tuple[str, ...] = (),
    owner: str | None = None,
    private: bool = True,
) -> Json:
    """Make a group; the bot is in it, and owns it unless `owner` does: chat_id, name and more.

    The same `uuid` (≤ 50 characters) within ten hours makes none, and answers as the first time.
    """
    body: Json = {
        "name": name,
        "description": description,
        "chat_mode": "group",
        "chat_type": "private" if private else "public",
    }
    if users:
        body["user_id_list"] = list(users)
    if owner is not None:
        body["owner_id"] = owner
    query = {"user_id_type": "open_id", "set_bot_manager": owner is not None, "uuid": uuid}
    return await client.call("POST", CHATS, query=query, body=body)


async def get(client: FeishuClient, chat: str) -> Json:
    """name, description, chat_mode ("group" or "p2p"), chat_status, owner_id and more."""
    query = {"user_id_type": "open_id"}
    return await client.call("GET", f"{CHATS}/{part(chat)}", query=query)


async def describe(client: FeishuClient, chat: str, *, name: str, description: str) -> None:
    body = {"name": name, "description": description}
    async with client.one_at_a_time(chat):
        await client.call("PUT", f"{CHATS}/{part(chat)}", body=body)


async def dissolve(client: FeishuClient, chat: str) -> None:
    await client.call("DELETE", f"{CHATS}/{part(chat)}")


async def add_members(client: FeishuClient, chat: str, users: tuple[str, ...]) -> Added:
    """Add people, fifty a call, one call at a time; whoever can be added is.

    A batch that is refused because somebody is out of reach (232024) is tried one by one.
    """
    refused: dict[str, str] = {}
    pending: list[str] = []
    async with client.one_at_a_time(chat):
        for at in range(0, len(users), MOST_MEMBERS):
            batch = users[at : at + MOST_MEMBERS]
            try:
                data = await _add(client, chat, batch)
            except Rejected as rejected:
                if rejected.code != "user_unreachable":
                    raise
                await _add_each(client, chat, batch, refused)
                continue
            _note(data, refused, pending)
    return Added(refused, tuple(pending))


async def _add_each(
    client: FeishuClient, chat: str, users: tuple[str, ...], refused: dict[str, str]
) -> None:
    for user in users:
        try:
            _note(await _add(client, chat, (user,)), refused, [])
        except Rejected as rejected:
            if rejected.code not in {"user_unreachable", "user_not_found"}:
                raise
            refused[user] = rejected.code


async def _add(client: FeishuClient, chat: str, users: tuple[str, ...]) -> Json:
    # succeed_type 1: add those who can be added, and name the others.
    query = {"member_id_type": "open_id", "succeed_type": 1}
    path = f"{CHATS}/{part(chat)}/members"
    return await client.call("POST", path, query=query, body={"id_list": list(users)})


def _note(data: Json, refused: dict[str, str], pending: list[str]) -> None:
    refused.update(dict.fromkeys(data.get("invalid_id_list") or (), "user_unreachable"))
    refused.update(dict.fromkeys(data.get("not_existed_id_list") or (), "user_not_found"))
    pending += data.get("pending_approval_id_list") or ()


async def remove_members(client: FeishuClient, chat: str, users: tuple[str, ...]) -> None:
    """Take people out; harmless for those who are not in."""
    path, query = f"{CHATS}/{part(chat)}/members", {"member_id_type": "open_id"}
    async with client.one_at_a_time(chat):
        await client.call("DELETE", path, query=query, body={"id_list": list(users)})


async def members(client: FeishuClient, chat: str) -> list[Json]:
    """member_id (open_id), name; bots are not among them."""
    query = {"member_id_type": "open_id", "page_size": 100}
    return await pages(client, f"{CHATS}/{part(chat)}/members", query)


async def has_me(client: FeishuClient, chat: str) -> bool:
    """Whether the bot is in the group."""
    data = await client.call("GET", f"{CHATS}/{part(chat)}/members/is_in_chat")
    return bool(data.get("is_in_chat"))


async def add_tab(client: FeishuClient, chat: str, name: str, url: str, *, doc: bool) -> None:
    """A tab with a web page, or with a document that the bot may share."""
    kind = "doc" if doc else "url"
    tab = {"tab_name": name, "tab_type": kind, "tab_content": {kind: url}}
    path = f"{CHATS}/{part(chat)}/chat_tabs"
    await client.call("POST", path, body={"chat_tabs": [tab]})


async def tabs(client: FeishuClient, chat: str) -> list[Json]:
    """tab_id, tab_name, tab_type, tab_content."""
    data = await client.call("GET", f"{CHATS}/{part(chat)}/chat_tabs/list_tabs")
    return data.get("chat_tabs") or []


async def show_on_top(client: FeishuClient, chat: str, message: str) -> None:
    """Keep a message at the top of the group."""
    path = f"{CHATS}/{part(chat)}/top_notice/put_top_notice"
    notice = {"action_type": "1", "message_id": message}
    await client.call("POST", path, body={"chat_top_notice": [notice]})

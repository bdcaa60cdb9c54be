"""The fake says what Feishu says: its answers and events against the official samples.

Whatever the fake tells must be in the sample, under that name and of that kind. Samples are not
complete the other way: they show every optional member, so their members may be missing here,
but for those that clients cannot do without.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.adapters.feishu.fake.town import Town, card, markdown, told
from tests.fakes.feishu.scopes import API_SCOPES
from tests.fakes.feishu.wire import APIS

ORACLES = Path(__file__).parents[5] / "shared" / "oracles" / "feishu"
if not ORACLES.is_dir():
    pytest.skip("the official samples are not here", allow_module_level=True)

#: Members that the documentation names and the samples leave out or write differently.
KNOWN = {
    # A mapping by language: any language will do.
    "i18n_names",
    "i18n_name",
    "i18n",
}

#: Members that some answer of the samples has and ours lacks: what nobody here has (a cover, a job
#: title), or what just that message, page or block has no reason to show (root_id, page_token).
OPTIONAL = set(
    re.findall(
        r"\w+",
        """
        assign_info avatar_key back_home_url background_color chat_id city common_categories
        country cover create_source creator_id custom_attrs department_hrbps department_path
        display_setting doc dotted_line_leader_user_ids employee_no employee_type en_us
        enterprise_email gender geo group_chat_employee_types is_frozen ja_jp job_family_id
        job_level_id job_title join_time link mentions mobile mobile_default_ability
        mobile_visible modifier_id modifier_id_type nickname online_version_id order orders
        owner page_token parent_id pc_default_ability perm_type primary_member_count
        redirect_urls restricted_mode_setting root_id scopes subscription_ids tab_config
        text_color thread_id unaudit_version_id unit_ids upper_message_id work_station zh_cn
        """,
    )
)


def sample(name: str) -> dict[str, Any]:
    [path] = (ORACLES / "samples").glob(f"*/{name}.json")
    loaded = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def strange(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """What we tell and they do not, or tell as another kind."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key, value in ours.items():
            if key in KNOWN:
                continue
            if key not in theirs:
                found.append(f"{where}.{key} is not in the sample")
            else:
                found += strange(value, theirs[key], f"{where}.{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        pattern = whole(theirs)
        return [line for each in ours for line in strange(each, pattern or each, where + "[]")]
    if ours is None or kind(ours) == kind(theirs):
        return []
    return [f"{where} is {ours!r}, in the sample {theirs!r}"]


def whole(items: list[Any]) -> Any:
    """One item with the members of all: a sample's list shows several kinds."""
    merged = items[0] if items else None
    for each in items[1:]:
        merged = both(merged, each)
    return merged


def both(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: both(one.get(key), other.get(key)) for key in one | other}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    return other if one is None else one


def absent(ours: Any, theirs: Any) -> set[str]:
    """The names of members that they have and we do not, where both have the object around."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        inside = [absent(ours[key], theirs[key]) for key in ours if key in theirs]
        return {key for key in theirs if key not in ours}.union(*inside)
    if isinstance(ours, list) and isinstance(theirs, list) and ours and theirs:
        return absent(whole(ours), whole(theirs))
    return set()


def kind(value: Any) -> str:
    return "number" if isinstance(value, int) and not isinstance(value, bool) else str(type(value))


def test_the_comparison_sees_differences() -> None:
    assert strange({"a": 1}, {"b": 1})
    assert strange({"a": "1"}, {"a": 1})
    assert strange({"a": [{"b": 1}]}, {"a": [{"b": "1"}]})
    assert strange({"a": True}, {"a": 1})
    assert not strange({"a": [1]}, {"a": [2, 3], "b": 0})


async def walk(town: Town) -> dict[str, dict[str, Any]]:
    """Sample name → the fake's envelope, of everything that a bot does."""
    got: dict[str, dict[str, Any]] = {}

    async def take(name: str, method: str, path: str, body: Any = None, **query: str) -> Any:
        status, envelope = await town.call(method, path, body, **query)
        assert status == 200, (name, envelope)
        got[f"{name}.response"] = envelope
        return envelope.get("data")

    town.feishu.limits.on = False
    li, han = town.li.open_id(town.app), town.han.open_id(town.app)
    body = sample("PostImV1Chats.request") | {
        "owner_id": li,
        "user_id_list": [li],
        "bot_id_list": [],
    }
    chat = (await take("PostImV1Chats", "POST", "im/v1/chats", body))["chat_id"]
    path = f"im/v1/chats/{chat}"
    await take("GetImV1ChatsByChatId", "GET", path)
    await take("GetImV1Chats", "GET", "im/v1/chats")
    add = {"id_list": [han, "ou_x"]}
    await take("PostImV1ChatsByChatIdMembers", "POST", f"{path}/members", add, succeed_type="1")
    await take("GetImV1ChatsByChatIdMembers", "GET", f"{path}/members", page_size="1")
    await take("GetImV1ChatsByChatIdMembersIsInChat", "GET", f"{path}/members/is_in_chat")
    remove = {"id_list": [han]}
    await take("DeleteImV1ChatsByChatIdMembers", "DELETE", f"{path}/members", remove)
    tab = {"chat_tabs": [{"tab_name": "a", "tab_type": "url", "tab_content": {"url": "https://a"}}]}
    await take("PostImV1ChatsByChatIdChatTabs", "POST", f"{path}/chat_tabs", tab)
    await take("GetImV1ChatsByChatIdAnnouncement", "GET", f"{path}/announcement")
    await take("GetDocxV1ChatsByChatIdAnnouncement", "GET", f"docx/v1/chats/{chat}/announcement")
    await messages(town, take)
    await documents(take, chat)
    user = f"contact/v3/users/{li}"
    await take("GetContactV3UsersByUserId", "GET", user)
    await take("GetContactV3UsersBatch", "GET", "contact/v3/users/batch", user_ids=li)
    emails = {"emails": ["li@example.com"]}
    await take("PostContactV3UsersBatchGetId", "POST", "contact/v3/users/batch_get_id", emails)
    department = town.tenant.department("支付", leader=town.boss).open_id
    where = f"contact/v3/departments/{department}"
    await take("GetContactV3DepartmentsByDepartmentId", "GET", where)
    await take("GetContactV3DepartmentsByDepartmentIdChildren", "GET",
               "contact/v3/departments/0/children")  # fmt: skip
    await take("GetContactV3Scopes", "GET", "contact/v3/scopes")
    await take("GetBotV3Info", "GET", "bot/v3/info")
    own = f"application/v6/applications/{town.app.id}"
    await take("GetApplicationV6ApplicationsByAppId", "GET", own)
    return got


async def messages(town: Town, take: Any) -> None:
    asked = await town.li.writes("@集结 hi", town.group)
    drawn = town.message(card(markdown("a")), "interactive")
    sent = await take(
        "PostImV1Messages", "POST", "im/v1/messages", drawn, receive_id_type="chat_id"
    )
    answer = sample("PostImV1MessagesByMessageIdReply.request") | {"uuid": ""}
    reply = await take(
        "PostImV1MessagesByMessageIdReply", "POST", f"im/v1/messages/{asked.id}/reply", answer
    )
    path = f"im/v1/messages/{sent['message_id']}"
    edit = sample("PutImV1MessagesByMessageId.request")
    await take("PutImV1MessagesByMessageId", "PUT", f"im/v1/messages/{reply['message_id']}", edit)
    status, envelope = await town.call(
        "PATCH", path, sample("PatchImV1MessagesByMessageId.request")
    )
    assert (status, envelope["code"]) == (400, 230099)  # a card of its own kind: not update_multi
    await take("GetImV1MessagesByMessageId", "GET", f"im/v1/messages/{asked.id}")
    buzz = {"user_id_list": [town.li.open_id(town.app), "ou_x"]}
    town.tenant.tenant.urgent_quota = 9
    for how in ("App", "Sms", "Phone"):
        name = f"PatchImV1MessagesByMessageIdUrgent{how}"
        await take(name, "PATCH", f"{path}/urgent_{how.lower()}", buzz)
    pin = {"message_id": sent["message_id"]}
    await take("PostImV1Pins", "POST", "im/v1/pins", pin)
    await take("GetImV1Pins", "GET", "im/v1/pins", chat_id=town.group.id)
    react = sample("PostImV1MessagesByMessageIdReactions.request")
    made = await take("PostImV1MessagesByMessageIdReactions", "POST", f"{path}/reactions", react)
    await take("GetImV1MessagesByMessageIdReactions", "GET", f"{path}/reactions")
    await take("DeleteImV1MessagesByMessageIdReactionsByReactionId", "DELETE",
               f"{path}/reactions/{made['reaction_id']}")  # fmt: skip
    await town.li.reads(town.group)
    await take("GetImV1MessagesByMessageIdReadUsers", "GET", f"{path}/read_users")
    town.app.grant("im:message.group_msg")
    query = {"container_id_type": "chat", "container_id": town.group.id}
    await take("GetImV1Messages", "GET", "im/v1/messages", page_size="2", **query)
    alone = {"chat_id": town.group.id, "open_id": town.li.open_id(town.app),
             "msg_type": "interactive", "card": card(markdown("a"))}  # fmt: skip
    await take("PostEphemeralV1Send", "POST", "ephemeral/v1/send", alone)
    entity = sample("PostCardkitV1Cards.request")
    entity_id = (await take("PostCardkitV1Cards", "POST", "cardkit/v1/cards", entity))["card_id"]
    update = sample("PutCardkitV1CardsByCardId.request")
    await town.does("PUT", f"cardkit/v1/cards/{entity_id}", update)


async def documents(take: Any, chat: str) -> None:
    made = await take("PostDocxV1Documents", "POST", "docx/v1/documents", {"title": "云文档"})
    document = made["document"]["document_id"]
    path = f"docx/v1/documents/{document}"
    run = {"text_run": {"content": "一", "text_element_style": {"bold": True}}}
    block = {"block_type": 2, "text": {"elements": [run], "style": {}}}
    await take("PostDocxV1DocumentsByDocumentIdBlocksByBlockIdChildren", "POST",
               f"{path}/blocks/{document}/children", {"children": [block]})  # fmt: skip
    await take("GetDocxV1DocumentsByDocumentId", "GET", path)
    await take("GetDocxV1DocumentsByDocumentIdRawContent", "GET", f"{path}/raw_content")
    await take("GetDocxV1DocumentsByDocumentIdBlocks", "GET", f"{path}/blocks")
    share = {"member_type": "openchat", "member_id": chat, "perm": "view", "type": "chat"}
    where = f"drive/v1/permissions/{document}"
    await take(
        "PostDriveV1PermissionsByTokenMembers", "POST", f"{where}/members", share, type="docx"
    )
    public = sample("PatchDriveV1PermissionsByTokenPublic.request")
    await take(
        "PatchDriveV1PermissionsByTokenPublic", "PATCH", f"{where}/public", public, type="docx"
    )


@told
async def test_answers(town: Town) -> None:
    got = await walk(town)
    found = {name: strange(envelope, sample(name)) for name, envelope in got.items()}
    assert not {name: lines for name, lines in found.items() if lines}
    lacking = set[str]().union(*(absent(each, sample(name)) for name, each in got.items()))
    assert lacking == OPTIONAL, lacking ^ OPTIONAL
    assert len(got) >= 38, len(got)
    assert got["GetImV1ChatsByChatIdMembers.response"]["data"]["member_total"] == 2


def schemas() -> dict[str, Any]:
    """ "METHOD /path/{name}" → the schema of the body."""
    found = {}
    for path in (ORACLES / "requests").glob("*.json"):
        api = json.loads(path.read_text(encoding="utf-8"))
        template = re.sub(r":(\w+)", r"{\1}", api["path"])
        found[f"{api['method']} {template}"] = api["schema"]["properties"].get("body", {})
    return found


@told
async def test_what_it_takes_are_documented_requests(town: Town) -> None:
    await walk(town)
    documented = schemas()
    checked = 0
    for call in town.feishu.calls:
        schema = documented.get(f"{call.method} {call.template}")
        if schema and call.body:
            jsonschema.validate(call.body, schema)
            checked += 1
    assert checked >= 15, checked


@told
async def test_events(town: Town) -> None:
    town.app.grant("im:message.group_msg")
    other = town.tenant.app("别的", events={"im.chat.member.bot.added_v1"})
    asked = await town.li.writes("@集结 hi", town.group)
    topic = {"msg_type": "text", "content": '{"text":"a"}', "reply_in_thread": True}
    reply = await town.does("POST", f"im/v1/messages/{asked.id}/reply", topic)
    await town.li.writes("@集结 再", town.group, to=town.feishu.messages[reply["message_id"]])
    await town.han.reacts("SMILE", asked)
    await town.han.unreacts("SMILE", asked)
    await town.li.recalls(asked)
    await town.sends("x")
    await town.li.enters_dm()
    direct = {
        "receive_id": town.li.open_id(town.app),
        "msg_type": "text",
        "content": '{"text":"a"}',
    }
    await town.does("POST", "im/v1/messages", direct, receive_id_type="open_id")
    await town.li.reads(town.li.direct(town.app))
    await town.li.adds(town.boss, town.group)
    await town.li.withdraws(town.boss, town.group)
    await town.han.leaves(town.group)
    await town.li.adds_bot(other, town.group)
    await town.li.renames(town.group, "新名")
    await town.li.menu("open")
    await town.li.becomes(name="李大雷")
    await town.tenant.hires("小新")
    await town.han.becomes(is_resigned=True)
    await town.li.removes_bot(town.app, town.group)
    await town.li.adds_bot(town.app, town.group)
    await town.li.dissolves(town.group)
    wrong, types = {}, set()
    for event in town.feishu.events.log:
        types.add(event.type)
        if lines := strange(event.payload, sample(sample_of(event.type))):
            wrong[event.type] = lines
    assert not wrong
    assert types == town.app.events


def sample_of(event_type: str) -> str:
    words = re.split(r"[._]", event_type)
    return "".join(word[0].upper() + word[1:] for word in words) + ".event"


def test_every_path_is_a_documented_one() -> None:
    scopes = json.loads((ORACLES / "scopes.json").read_text(encoding="utf-8"))
    # What the scope list does not have: newer APIs, old ones, and one that it writes without its
    # v1 (the request schemas and the SDKs have it).
    newer = re.compile(
        r"app_slash_commands|/auth/v3/|interactive/v1/card/update|tenant/v2/|blocks/convert"
    )
    unknown = [
        f"{each.method} {each.template}"
        for each in APIS
        if f"{each.method} {each.template}" not in scopes and not newer.search(each.template)
    ]
    assert not unknown


def test_scopes_are_the_documented_ones() -> None:
    scopes = json.loads((ORACLES / "scopes.json").read_text(encoding="utf-8"))
    assert not {
        name: sorted(ours)
        for name, ours in API_SCOPES.items()
        if name in scopes and set(scopes[name]["scopes"]) != ours
    }
    served = {f"{each.method} {each.template}" for each in APIS}
    lacking = {
        name for name in served if name not in API_SCOPES and scopes.get(name, {}).get("scopes")
    }
    assert not lacking

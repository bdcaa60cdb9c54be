"""Each call that Muster makes, against the fake; and each request against the official schemas."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.feishu.api import app as app_api
from adapters.feishu.api import chats, documents, messages, people
from adapters.feishu.api.app import SlashCommand
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import Busy, Rejected
from tests.fakes.feishu import FakeFeishu

pytestmark = pytest.mark.anyio
ORACLES = Path(__file__).parents[3].parent / "shared" / "oracles" / "feishu" / "requests"
CARD = {
    "schema": "2.0",
    "config": {"update_multi": True},
    "body": {"elements": [{"tag": "markdown", "content": "你好"}]},
}
TEXT = {"text": "你好"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Scene:
    """A fake with an app, three people and a group."""

    def __init__(self, feishu: FakeFeishu) -> None:
        self.feishu = feishu
        self.tenant = feishu.tenant()
        self.app = self.tenant.app()
        self.boss = self.tenant.person("王总", email="wang@example.com")
        self.li = self.tenant.person("李雷", leader=self.boss)
        self.han = self.tenant.person("韩梅梅")
        self.group = self.tenant.group("值班群", [self.li, self.boss])
        self.client = FeishuClient(self.app.id, self.app.secret, feishu.url)

    def id(self, person: Any) -> str:
        return str(person.user.open_id(self.app))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with FakeFeishu() as feishu:
        made = Scene(feishu)
        yield made
        await made.client.close()
        assert not feishu.troubles
        judge(feishu)


def judge(feishu: FakeFeishu) -> None:
    """What the official schemas say of the requests, where they are at hand."""
    schemas = {
        (each["method"], each["path"].replace(":", "{")): each["schema"]["properties"]
        for path in ORACLES.glob("*.json")
        for each in [json.loads(path.read_text())]
    }
    for call in feishu.calls:
        schema = schemas.get(
            (call.method, "/open-apis/" + call.template.split("/open-apis/")[-1].replace("}", ""))
        )
        if schema is None or call.code == 99991663:
            continue
        if isinstance(call.body, dict) and "body" in schema:
            assert not misfits(call.body, schema["body"]), (call.method, call.template)
        unknown = call.query.keys() - schema.get("query", {}).get("properties", {}).keys()
        assert not unknown, (call.method, call.template, unknown)


def misfits(value: Any, schema: Any, where: str = "") -> list[str]:
    """Where `value` is not what the schema wants: kinds, required and unknown members, choices."""
    found = []
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "number": int | float}
    kind = kinds.get(schema.get("type", ""))
    if kind is not None and not isinstance(value, kind):
        return [f"{where}: no {schema['type']}"]
    if isinstance(value, dict) and "properties" in schema:
        found += [
            f"{where}.{name}: missing" for name in schema.get("required", []) if name not in value
        ]
        for name, inner in value.items():
            if name in schema["properties"]:
                found += misfits(inner, schema["properties"][name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{where}.{name}: unknown")
    if isinstance(value, list):
        for inner in value:
            found += misfits(inner, schema.get("items", {}), f"{where}[]")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is no choice")
    return found


def test_the_schemas_are_read() -> None:
    if not ORACLES.is_dir():
        pytest.skip("the official request schemas are not here")
    body = json.loads((ORACLES / "im-v1-messages-post.json").read_text())["schema"]["properties"][
        "body"
    ]
    good = {"receive_id": "oc", "msg_type": "text", "content": "{}"}
    assert not misfits(good, body)
    assert misfits({**good, "content": {}}, body)
    assert misfits({**good, "surplus": 1}, body)
    assert misfits({"receive_id": "oc"}, body)


async def test_a_group_is_made_once(scene: Scene) -> None:
    owner = scene.id(scene.li)
    made = [
        await chats.create(
            scene.client, "WR-7 支付超时", uuid="key-1", description="SEV1", users=(owner,)
        )
        for _ in range(2)
    ]
    assert made[0]["chat_id"] == made[1]["chat_id"]
    chat = made[0]["chat_id"]
    await chats.describe(scene.client, chat, name="WR-7 已解决", description="完")
    seen = await chats.get(scene.client, chat)
    assert (seen["name"], seen["description"]) == ("WR-7 已解决", "完")
    assert await chats.has_me(scene.client, chat)
    await chats.dissolve(scene.client, chat)
    with pytest.raises(Rejected) as caught:
        await messages.send(scene.client, chat, "text", TEXT, uuid="x")
    assert caught.value.code == "channel_not_found"


async def test_a_group_may_have_another_owner(scene: Scene) -> None:
    owner = scene.id(scene.li)
    made = await chats.create(scene.client, "x", uuid="k", users=(owner,), owner=owner)
    assert (await chats.get(scene.client, made["chat_id"]))["owner_id"] == owner


async def test_who_can_be_added_is_added_and_the_others_are_named(scene: Scene) -> None:
    hidden = scene.tenant.person("外部")
    scene.app.visible = {p.user for p in (scene.boss, scene.li, scene.han)}
    ids = (scene.id(scene.han), scene.id(hidden), "ou_" + "0" * 32)
    added = await chats.add_members(scene.client, scene.group.id, ids)
    assert set(added.refused) == set(ids[1:])
    assert set(added.refused.values()) <= {"user_unreachable", "user_not_found"}
    inside = {each["member_id"] for each in await chats.members(scene.client, scene.group.id)}
    assert ids[0] in inside


async def test_people_are_taken_out_of_a_group_of_ours(scene: Scene) -> None:
    user = scene.id(scene.han)
    made = await chats.create(scene.client, "x", uuid="k", users=(user,))
    assert [each["member_id"] for each in await chats.members(scene.client, made["chat_id"])]
    await chats.remove_members(scene.client, made["chat_id"], (user,))
    assert await chats.members(scene.client, made["chat_id"]) == []
    with pytest.raises(Rejected) as caught:
        await chats.remove_members(scene.client, scene.group.id, (scene.id(scene.li),))
    assert caught.value.code == "not_owner"


async def test_many_people_are_added_fifty_at_a_time_one_call_after_the_other(
    scene: Scene,
) -> None:
    crowd = tuple(scene.id(scene.tenant.person(f"人{n}")) for n in range(120))
    halves = (crowd[:70], crowd[70:])
    done = await asyncio.gather(
        *(chats.add_members(scene.client, scene.group.id, half) for half in halves)
    )
    assert [each.refused for each in done] == [{}, {}]
    assert len(await chats.members(scene.client, scene.group.id)) >= 120
    calls = scene.feishu.called("POST /open-apis/im/v1/chats/{chat_id}/members")
    assert [len(call.body["id_list"]) for call in calls] in ([50, 20, 50], [50, 50, 20])
    assert {call.code for call in calls} == {0}


async def test_a_message_is_sent_once_replied_to_and_read(scene: Scene) -> None:
    sent = [
        await messages.send(scene.client, scene.group.id, "text", TEXT, uuid="once")
        for _ in range(2)
    ]
    assert sent[0]["message_id"] == sent[1]["message_id"]
    message = sent[0]["message_id"]
    answer = await messages.reply(
        scene.client,
        message,
        "interactive",
        CARD,
        uuid="r",
        chat=scene.group.id,
        in_thread=True,
    )
    assert answer["thread_id"]
    read = await messages.get(scene.client, message)
    assert read is not None
    assert json.loads(read["body"]["content"]) == TEXT
    await messages.patch(scene.client, answer["message_id"], {**CARD, "header": _header("新")})
    await messages.withdraw(scene.client, message)


def _header(title: str) -> dict[str, Any]:
    return {"title": {"tag": "plain_text", "content": title}}


async def test_a_person_is_written_to_directly(scene: Scene) -> None:
    user = scene.id(scene.li)
    sent = await messages.send(scene.client, user, "text", TEXT, uuid="d", id_type="open_id")
    assert (await chats.get(scene.client, sent["chat_id"]))["chat_mode"] == "p2p"


async def test_a_message_is_pinned_reacted_to_and_buzzed_about(scene: Scene) -> None:
    sent = await messages.send(scene.client, scene.group.id, "interactive", CARD, uuid="p")
    message = sent["message_id"]
    await messages.pin(scene.client, message)
    await messages.pin(scene.client, message)
    await messages.unpin(scene.client, message)
    await chats.show_on_top(scene.client, scene.group.id, message)
    seen = scene.li.sees(scene.group)[-1]
    await scene.li.reacts("Pin", seen)
    await scene.boss.reacts("THUMBSUP", seen)
    assert len(await messages.reactions(scene.client, message)) == 2
    (pin,) = await messages.reactions(scene.client, message, "Pin")
    assert pin["operator"]["operator_id"] == scene.id(scene.li)
    assert await messages.buzz(scene.client, message, (scene.id(scene.li),)) == ()


async def test_a_group_gets_tabs(scene: Scene) -> None:
    await chats.add_tab(scene.client, scene.group.id, "记录", "https://muster.example", doc=False)
    assert "记录" in [
        each.get("tab_name") for each in await chats.tabs(scene.client, scene.group.id)
    ]


async def test_people_and_their_departments(scene: Scene) -> None:
    read = await people.user(scene.client, scene.id(scene.li))
    assert (read["name"], read["leader_user_id"]) == ("李雷", scene.id(scene.boss))
    known = await people.ids_by_email(scene.client, ("wang@example.com", "nobody@example.com"))
    assert known == {"wang@example.com": scene.id(scene.boss)}


async def test_a_department_has_a_head(scene: Scene) -> None:
    made = scene.tenant.department("支付", leader=scene.boss)
    read = await people.department(scene.client, made.open_id)
    assert (read["name"], read["leader_user_id"]) == ("支付", scene.id(scene.boss))


async def test_a_file_is_sent(scene: Scene) -> None:
    key = await documents.upload_file(scene.client, "决策.csv", b"a,b\n")
    await messages.send(scene.client, scene.group.id, "file", {"file_key": key}, uuid="f")
    (stored,) = scene.feishu.files.values()
    assert (stored.name, stored.data) == ("决策.csv", b"a,b\n")


async def test_a_document_is_written_and_shared(scene: Scene) -> None:
    document = await documents.create(scene.client, "决策记录")
    blocks = await documents.convert(scene.client, "# 决策\n\n- 回滚\n")
    await documents.add_descendants(
        scene.client, document, blocks["first_level_block_ids"], blocks["blocks"]
    )
    paragraph = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "完"}}]}}
    await documents.add_children(
        scene.client, document, [paragraph], uuid="fe599b60-450f-46ff-b2ef-9f6675625b97"
    )
    await documents.share(scene.client, document, scene.group.id)
    await documents.share(scene.client, document, scene.id(scene.li), member_type="openid")
    kept = scene.feishu.documents[document]
    assert {"决策", "回滚", "完"} <= set(kept.words.splitlines())
    assert len(kept.members) == 2


async def test_the_app_knows_itself(scene: Scene) -> None:
    assert (await app_api.bot(scene.client))["open_id"] == scene.app.bot_open_id
    assert (await app_api.tenant(scene.client))["tenant_key"]


async def test_slash_commands_are_kept(scene: Scene) -> None:
    i18n = {"zh_cn": "开攻关群", "en_us": "Open a war room"}
    await app_api.create_slash_command(scene.client, SlashCommand("warroom", "Open", i18n))
    (made,) = await app_api.slash_commands(scene.client)
    assert (made.name, made.description, made.i18n) == ("warroom", "Open", i18n)
    await app_api.update_slash_command(scene.client, SlashCommand("warroom", "New", i18n, made.id))
    assert (await app_api.slash_commands(scene.client))[0].description == "New"
    await app_api.delete_slash_command(scene.client, made.id)
    assert await app_api.slash_commands(scene.client) == []


async def test_a_card_for_one_person_alone(scene: Scene) -> None:
    user = scene.id(scene.li)
    assert await messages.show_only_to(scene.client, scene.group.id, user, CARD)


async def test_the_platforms_limits_are_never_hit(scene: Scene) -> None:
    other = scene.tenant.group("另一个", [scene.li])
    sends = [
        messages.send(scene.client, chat.id, "text", TEXT, uuid=f"{chat.id[:30]}{n}")
        for chat in (scene.group, other)
        for n in range(16)
    ]
    await asyncio.gather(*sends)
    assert {call.code for call in scene.feishu.calls} == {0}


async def test_a_limit_that_others_used_up_is_temporary(scene: Scene) -> None:
    scene.feishu.faults.code("POST /open-apis/im/v1/messages", 230020)
    with pytest.raises(Busy) as caught:
        await messages.send(scene.client, scene.group.id, "text", TEXT, uuid="1")
    assert caught.value.is_too_fast


async def test_stale_tokens_of_the_platform(scene: Scene) -> None:
    await app_api.bot(scene.client)
    scene.app.tokens.clear()
    await app_api.bot(scene.client)
    assert [call.code for call in scene.feishu.calls] == [0, 0, 99991663, 0, 0]


async def test_a_scope_that_is_missing_is_told(scene: Scene) -> None:
    scene.app.scopes = set()
    with pytest.raises(Rejected) as caught:
        await messages.send(scene.client, scene.group.id, "text", TEXT, uuid="1")
    assert caught.value.code == "missing_scope"
    assert caught.value.detail

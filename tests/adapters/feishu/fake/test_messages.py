from __future__ import annotations

import io
import json
from typing import Any

import aiohttp
import pytest

from tests.adapters.feishu.fake.town import Town, card, markdown, told
from tests.fakes.feishu.api_files import Stored

BY_CHAT = {"receive_id_type": "chat_id"}


async def refused(town: Town, content: Any, msg_type: str = "text") -> int:
    body = town.message(content, msg_type)
    return await town.fails("POST", "im/v1/messages", body, **BY_CHAT)


@told
async def test_what_is_sent_is_seen(town: Town) -> None:
    who = town.li.open_id(town.app)
    sent = await town.sends(f'<at user_id="{who}"></at> 请看')
    assert sent["body"]["content"] == '{"text": "@_user_1 请看"}'
    assert sent["mentions"][0]["id"] == who
    [seen] = town.han.sees(town.group)
    assert seen.words == "@李雷 请看"
    post = {"zh_cn": {"title": "标题", "content": [[{"tag": "text", "text": "正文"}]]}}
    await town.sends(post, "post")
    assert town.li.sees(town.group)[-1].words == "标题\n正文"


@told
async def test_to_a_person_it_arrives_in_the_direct_chat(town: Town) -> None:
    for kind, receive_id in (
        ("open_id", town.li.open_id(town.app)),
        ("user_id", town.li.user.user_id),
        ("union_id", town.li.user.union_id),
        ("email", "li@example.com"),
    ):
        body = {"receive_id": receive_id, "msg_type": "text", "content": '{"text":"你好"}'}
        await town.does("POST", "im/v1/messages", body, receive_id_type=kind)
    assert [seen.words for seen in town.li.sees()] == ["你好"] * 4
    await town.li.mutes(town.app)
    body = {"receive_id": town.li.open_id(town.app), "msg_type": "text", "content": '{"text":"a"}'}
    assert await town.fails("POST", "im/v1/messages", body, receive_id_type="open_id") == 230053


@told
async def test_a_uuid_sends_once_an_hour(town: Town) -> None:
    first = await town.sends("一", uuid="u1")
    assert (await town.sends("一", uuid="u1"))["message_id"] == first["message_id"]
    assert len(town.group.messages) == 1
    town.feishu.clock.advance(3601)
    assert (await town.sends("一", uuid="u1"))["message_id"] != first["message_id"]
    assert await town.fails(
        "POST", "im/v1/messages", town.message("a", uuid="x" * 51), **BY_CHAT
    ) == 230001  # fmt: skip


@told
async def test_five_a_second_to_a_chat_from_all_bots_together(town: Town) -> None:
    for _ in range(4):
        await town.sends("x")
    other = town.tenant.app("别的")
    town.group.bots.append(other)
    mine = town.token
    await town.sign_in(other)
    await town.sends("x")
    town.token = mine
    assert await refused(town, "x") == 230020
    town.feishu.clock.advance(1.01)
    await town.sends("x")
    town.feishu.limits.on = False
    for _ in range(10):
        await town.sends("x")


@told
async def test_fifty_a_second_for_an_app(town: Town) -> None:
    for _ in range(50):
        await town.does("GET", f"im/v1/chats/{town.group.id}")
    status, envelope = await town.call("GET", f"im/v1/chats/{town.group.id}")
    assert (status, envelope["code"]) == (400, 99991400)


@told
async def test_lengths(town: Town) -> None:
    await town.sends("长" * (49 * 1024))
    assert await refused(town, "长" * (50 * 1024)) == 230025
    post = {"zh_cn": {"title": "", "content": [[{"tag": "text", "text": "x" * 31000}]]}}
    assert await refused(town, post, "post") == 230025
    assert await refused(town, card(markdown("x" * 31000)), "interactive") == 230025


@told
async def test_where_a_bot_may_not_write(town: Town) -> None:
    town.app.has_bot = False
    assert await refused(town, "x") == 230006
    town.app.has_bot = True
    town.group.settings["moderation_permission"] = "only_owner"
    assert await refused(town, "x") == 230018
    town.group.bots.remove(town.app)
    assert await refused(town, "x") == 230002
    town.group.bots.append(town.app)
    await town.li.dissolves(town.group)
    assert await refused(town, "x") == 232009


@told
async def test_what_may_not_be_written(town: Town) -> None:
    town.tenant.tenant.sensitive.add("违禁")
    assert await refused(town, "这是违禁的") == 230022
    assert await refused(town, card(markdown("违禁")), "interactive") == 230022
    town.tenant.tenant.has_dlp = True
    assert await refused(town, "打 13012345678") == 230028
    assert await refused(town, {}) == 230001
    assert await refused(town, {"text": "a"}, "poem") == 230001
    assert await refused(town, {"file_key": "file_nowhere"}, "file") == 230001


@told
async def test_patching_cards(town: Town) -> None:
    sent = await town.sends(card(markdown("一")), "interactive")
    path = f"im/v1/messages/{sent['message_id']}"

    def content(*elements: dict[str, Any], **more: Any) -> dict[str, str]:
        return {"content": json.dumps(card(*elements) | more)}

    await town.does("PATCH", path, content(markdown("二")))
    assert "二" in town.li.sees(town.group)[0].words
    assert await town.fails("PATCH", path, content({"tag": "note"})) == 230099
    alone = {"config": {"update_multi": False}, "elements": [markdown("a")]}
    assert await town.fails("PATCH", path, {"content": json.dumps(alone)}) == 230099
    for _ in range(4):
        await town.does("PATCH", path, content(markdown("三")))
    assert await town.fails("PATCH", path, content(markdown("四"))) == 230020
    town.feishu.clock.advance(14 * 86400 + 1)
    await town.sign_in()
    assert await town.fails("PATCH", path, content(markdown("五"))) == 230031
    edit = {"msg_type": "text", "content": '{"text":"a"}'}
    assert await town.fails("PUT", path, edit) == 230001


@told
async def test_only_ones_own_messages_can_be_changed(town: Town) -> None:
    theirs = await town.li.writes("hi", town.group)
    path = f"im/v1/messages/{theirs.id}"
    assert await town.fails("PATCH", path, {"content": "{}"}) == 230012
    assert await town.fails("PATCH", f"{path}/urgent_app", {"user_id_list": ["x"]}) == 230012
    sent = await town.sends("一")
    path = f"im/v1/messages/{sent['message_id']}"
    edited = {"msg_type": "text", "content": '{"text":"二"}'}
    await town.does("PUT", path, edited)
    assert town.li.sees(town.group)[-1].words == "二"
    await town.does("DELETE", path)
    assert len(town.li.sees(town.group)) == 1
    assert await town.fails("GET", path) == 230011


@told
async def test_replies_and_threads(town: Town) -> None:
    asked = await town.li.writes("@集结 状态", town.group)
    answer = {"msg_type": "text", "content": '{"text":"好"}'}
    plain = await town.does("POST", f"im/v1/messages/{asked.id}/reply", answer)
    assert (plain["root_id"], plain["parent_id"]) == (asked.id, asked.id)
    assert "thread_id" not in plain
    topic = answer | {"reply_in_thread": True}
    first = await town.does("POST", f"im/v1/messages/{asked.id}/reply", topic)
    assert first["thread_id"].startswith("omt_")
    then = await town.li.writes("再来", town.group, to=town.feishu.messages[first["message_id"]])
    assert (then.thread_id, then.root, then.parent) == (
        first["thread_id"], asked, town.feishu.messages[first["message_id"]],
    )  # fmt: skip
    query = {"container_id_type": "thread", "container_id": first["thread_id"]}
    found = (await town.does("GET", "im/v1/messages", **query))["items"]
    assert {each["message_id"] for each in found} == {asked.id, first["message_id"], then.id}


@told
async def test_history_needs_the_sensitive_scope_in_groups(town: Town) -> None:
    for word in "一二三":
        await town.li.writes(word, town.group)
    query = {"container_id_type": "chat", "container_id": town.group.id}
    assert await town.fails("GET", "im/v1/messages", **query) == 230027
    town.app.grant("im:message.group_msg")
    page = await town.does("GET", "im/v1/messages", page_size="2", **query)
    assert page["has_more"]
    rest = await town.does("GET", "im/v1/messages", page_token=page["page_token"], **query)
    assert [json.loads(m["body"]["content"])["text"] for m in rest["items"]] == ["三"]


@told
async def test_buzzing(town: Town) -> None:
    sent = await town.sends("急")
    path = f"im/v1/messages/{sent['message_id']}"
    ids = [town.li.open_id(town.app), town.boss.open_id(town.app)]
    data = await town.does("PATCH", f"{path}/urgent_app", {"user_id_list": ids})
    assert data["invalid_user_id_list"] == ids[1:]  # the boss is not in the chat
    assert town.li.sees(town.group)[-1].urgents == ["app"]
    assert await town.fails("PATCH", f"{path}/urgent_sms", {"user_id_list": ids[:1]}) == 230024
    town.tenant.tenant.urgent_quota = 1
    await town.does("PATCH", f"{path}/urgent_phone", {"user_id_list": ids[:1]})
    assert town.tenant.tenant.urgent_quota == 0
    town.feishu.limits.on = False
    for _ in range(198):
        await town.does("PATCH", f"{path}/urgent_app", {"user_id_list": ids[:1]})
    assert await town.fails("PATCH", f"{path}/urgent_app", {"user_id_list": ids[:1]}) == 230023
    await town.li.reads(town.group)
    await town.does("PATCH", f"{path}/urgent_app", {"user_id_list": ids[:1]})
    readers = (await town.does("GET", f"{path}/read_users"))["items"]
    assert [each["user_id"] for each in readers] == ids[:1]


@told
async def test_pins_reactions_and_the_top_notice(town: Town) -> None:
    sent = await town.sends("卡片")
    pin = (await town.does("POST", "im/v1/pins", {"message_id": sent["message_id"]}))["pin"]
    assert pin["chat_id"] == town.group.id
    assert town.li.sees(town.group)[0].is_pinned
    assert len((await town.does("GET", "im/v1/pins", chat_id=town.group.id))["items"]) == 1
    await town.does("DELETE", f"im/v1/pins/{sent['message_id']}")
    assert town.group.pinned == []
    path = f"im/v1/messages/{sent['message_id']}/reactions"
    made = await town.does("POST", path, {"reaction_type": {"emoji_type": "DONE"}})
    assert len((await town.does("GET", path))["items"]) == 1
    await town.does("DELETE", f"{path}/{made['reaction_id']}")
    assert town.group.messages[0].reactions == []
    top = {"chat_top_notice": [{"action_type": "1", "message_id": sent["message_id"]}]}
    await town.does("POST", f"im/v1/chats/{town.group.id}/top_notice/put_top_notice", top)
    assert town.group.top_notice is town.group.messages[0]


@told
async def test_a_card_for_one_person_only(town: Town) -> None:
    body = {"chat_id": town.group.id, "open_id": town.li.open_id(town.app),
            "msg_type": "interactive", "card": card(markdown("只给你"))}  # fmt: skip
    data = await town.does("POST", "ephemeral/v1/send", body)
    assert "只给你" in town.li.sees(town.group)[0].words
    assert town.han.sees(town.group) == []
    await town.does("POST", "ephemeral/v1/delete", {"message_id": data["message_id"]})
    assert town.li.sees(town.group) == []


@told
async def test_files_of_another_app_cannot_be_sent(town: Town) -> None:
    other = town.tenant.app("别的")
    town.feishu.files["file_1"] = Stored(other, "file_1", "a", b"a")
    assert await refused(town, {"file_key": "file_1"}, "file") == 230017


@pytest.mark.parametrize("name", ["log.md", None])
def test_files_need_a_filename_in_their_part(name: str | None) -> None:
    async def story(town: Town) -> None:
        form = aiohttp.FormData()
        form.add_field("file_type", "stream")
        form.add_field("file_name", "log.md")
        if name:
            form.add_field("file", io.BytesIO(b"# log"), filename=name)
        else:
            form.add_field("file", "# log", content_type="text/markdown")
        headers = {"Authorization": f"Bearer {town.token}"}
        url = f"{town.feishu.url}/open-apis/im/v1/files"
        async with town.session.post(url, data=form, headers=headers) as response:
            envelope = await response.json()
        if name is None:
            assert envelope["code"] == 234001
            return
        key = envelope["data"]["file_key"]
        sent = await town.sends({"file_key": key}, "file")
        [seen] = town.li.sees(town.group)
        assert (seen.words, seen.file) == ("log.md", b"# log")
        path = f"/open-apis/im/v1/messages/{sent['message_id']}/resources/{key}?type=file"
        async with town.session.get(town.feishu.url + path, headers=headers) as response:
            assert await response.read() == b"# log"

    told(story)()

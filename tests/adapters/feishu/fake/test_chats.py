from __future__ import annotations

import asyncio

from tests.adapters.feishu.fake.town import Town, told
from tests.fakes.feishu import Chat, Person


async def opened(town: Town, **more: object) -> Chat:
    data = await town.does("POST", "im/v1/chats", {"name": "攻关", **more})
    return town.feishu.chats[data["chat_id"]]


def ids(town: Town, *people: Person) -> list[str]:
    return [person.open_id(town.app) for person in people]


@told
async def test_a_uuid_makes_one_group_in_ten_hours(town: Town) -> None:
    body = {"name": "支付超时", "description": "级别1", "user_id_list": ids(town, town.li)}
    first = await town.does("POST", "im/v1/chats", body, uuid="u")
    again = await town.does("POST", "im/v1/chats", body, uuid="u")
    assert first["chat_id"] == again["chat_id"]
    chat = town.feishu.chats[first["chat_id"]]
    assert (chat.name, chat.names, chat.owner) == ("支付超时", {"李雷"}, town.app)
    town.feishu.clock.advance(10 * 3600 + 1)
    await town.sign_in()
    later = await town.does("POST", "im/v1/chats", body, uuid="u")
    assert later["chat_id"] != first["chat_id"]


@told
async def test_what_a_group_may_be(town: Town) -> None:
    for body in (
        {"name": "长" * 61},
        {"description": "长" * 101},
        {"user_id_list": ["ou_x"] * 51},
    ):
        assert await town.fails("POST", "im/v1/chats", body) == 232001
    assert await town.fails("POST", "im/v1/chats", {"name": "a"}, uuid="x" * 51) == 232001
    town.app.visible = {town.li.user}
    body = {"user_id_list": ids(town, town.han)}
    assert await town.fails("POST", "im/v1/chats", body) == 232024
    assert await town.fails("GET", "im/v1/chats/oc_nowhere") == 232006


@told
async def test_members_come_as_far_as_they_can(town: Town) -> None:
    chat = await opened(town)
    path = f"im/v1/chats/{chat.id}/members"
    await town.han.becomes(is_resigned=True)
    town.app.visible = {town.li.user, town.han.user}
    body = {"id_list": [*ids(town, town.li, town.han, town.boss), "ou_nobody"]}
    data = await town.does("POST", path, body, succeed_type="1")
    assert chat.names == {"李雷"}
    assert data["invalid_id_list"] == ids(town, town.han, town.boss)
    assert data["not_existed_id_list"] == ["ou_nobody"]
    assert data["pending_approval_id_list"] == []
    assert await town.fails("POST", path, body, succeed_type="2") == 232043
    assert await town.fails("POST", path, body) == 232001
    assert await town.fails("POST", path, {"id_list": ids(town, town.boss)}) == 232024
    assert await town.fails("POST", path, {"id_list": ["ou_x"] * 51}) == 232001


@told
async def test_two_calls_at_once_are_too_many(town: Town) -> None:
    chat = await opened(town)
    path = f"im/v1/chats/{chat.id}/members"
    answers = await asyncio.gather(
        *(town.call("POST", path, {"id_list": ids(town, person)}) for person in (town.li, town.han))
    )
    assert sorted(envelope["code"] for _, envelope in answers) == [0, 232019]


@told
async def test_members_are_listed_removed_and_counted(town: Town) -> None:
    chat = await opened(town, user_id_list=ids(town, town.li, town.han))
    path = f"im/v1/chats/{chat.id}/members"
    page = await town.does("GET", path, page_size="1")
    assert (page["has_more"], page["member_total"]) == (True, 2)
    rest = await town.does("GET", path, page_size="1", page_token=page["page_token"])
    assert [each["name"] for each in rest["items"]] == ["Han Meimei"]
    await town.does("DELETE", path, {"id_list": ids(town, town.han)})
    assert chat.names == {"李雷"}
    assert (await town.does("GET", f"im/v1/chats/{chat.id}"))["user_count"] == "1"
    assert (await town.does("GET", f"{path}/is_in_chat"))["is_in_chat"]
    await town.li.removes_bot(town.app, chat)
    assert not (await town.does("GET", f"{path}/is_in_chat"))["is_in_chat"]
    assert await town.fails("POST", path, {"id_list": ids(town, town.han)}) == 232011
    assert await town.fails("PATCH", f"{path}/me_join") == 232014


@told
async def test_renaming_and_dissolving_need_the_right(town: Town) -> None:
    chat = await opened(town, user_id_list=ids(town, town.li))
    await town.does("PUT", f"im/v1/chats/{chat.id}", {"name": "新名", "description": "新的"})
    assert (chat.name, chat.description) == ("新名", "新的")
    assert await town.fails("PUT", f"im/v1/chats/{chat.id}", {"name": "长" * 61}) == 232001
    assert await town.fails("DELETE", f"im/v1/chats/{town.group.id}") == 232017
    await town.does("DELETE", f"im/v1/chats/{chat.id}")
    assert chat.dissolved
    assert await town.fails("PUT", f"im/v1/chats/{chat.id}", {"name": "a"}) == 232009


@told
async def test_managers_tabs_and_announcements(town: Town) -> None:
    chat = await opened(town, user_id_list=ids(town, town.li))
    path = f"im/v1/chats/{chat.id}"
    data = await town.does(
        "POST", f"{path}/managers/add_managers", {"manager_ids": ids(town, town.li)}
    )
    assert data == {"chat_managers": ids(town, town.li), "chat_bot_managers": []}
    url = {"tab_name": "记录", "tab_type": "url", "tab_content": {"url": "https://x.example"}}
    tabs = (await town.does("POST", f"{path}/chat_tabs", {"chat_tabs": [url]}))["chat_tabs"]
    assert [each["tab_type"] for each in tabs] == ["message", "url"]
    changed = url | {"tab_id": tabs[1]["tab_id"], "tab_name": "决定"}
    await town.does("POST", f"{path}/chat_tabs/update_tabs", {"chat_tabs": [changed]})
    assert chat.tabs[0]["tab_name"] == "决定"
    bad = {"chat_tabs": [url | {"tab_type": "task", "tab_content": {"task": "https://x.example"}}]}
    assert await town.fails("POST", f"{path}/chat_tabs", bad) == 232001
    await town.does("DELETE", f"{path}/chat_tabs/delete_tabs", {"tab_ids": [changed["tab_id"]]})
    assert chat.tabs == []
    text = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "看这里"}}]}}
    await town.does(
        "POST", f"docx/v1/chats/{chat.id}/announcement/blocks/{chat.id}/children",
        {"children": [text]},
    )  # fmt: skip
    assert chat.announcement.words == "看这里"
    await town.does("PATCH", f"{path}/announcement", {"revision": "0", "requests": ["a"]})
    assert (await town.does("GET", f"{path}/announcement"))["content"] == "a"


@told
async def test_documents(town: Town) -> None:
    made = (await town.does("POST", "docx/v1/documents", {"title": "决定"}))["document"]
    document = made["document_id"]
    heading = {"block_type": 3, "heading1": {"elements": [{"text_run": {"content": "一"}}]}}
    table = {"block_type": 31, "table": {"property": {"row_size": 2, "column_size": 3}}}
    path = f"docx/v1/documents/{document}/blocks/{document}/children"
    data = await town.does("POST", path, {"children": [heading, table]})
    assert len(data["children"][1]["table"]["cells"]) == 6
    cell = data["children"][1]["table"]["cells"][0]
    text = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "格"}}]}}
    await town.does(
        "POST", f"docx/v1/documents/{document}/blocks/{cell}/children", {"children": [text]}
    )
    assert town.feishu.documents[document].words == "决定\n一\n格"
    status, envelope = await town.call("POST", path, {"children": [heading]})
    assert (status, envelope["code"]) == (400, 99991400)  # the app's 3 a second are used up
    town.feishu.clock.advance(1.1)
    assert await town.fails("POST", path, {"children": [{"block_type": 99}]}) == 1770001
    share = {"member_type": "openchat", "member_id": town.group.id, "perm": "view"}
    await town.does("POST", f"drive/v1/permissions/{document}/members", share, type="docx")
    assert town.feishu.documents[document].members == {town.group.id: "view"}
    public = {"link_share_entity": "tenant_readable"}
    await town.does("PATCH", f"drive/v1/permissions/{document}/public", public, type="docx")


@told
async def test_markdown_becomes_blocks_and_goes_in_whole(town: Town) -> None:
    body = {"content_type": "markdown", "content": "# 一\n- 二\n三"}
    made = await town.does("POST", "docx/v1/documents/blocks/convert", body)
    assert [each["block_type"] for each in made["blocks"]] == [3, 12, 2]
    data = await town.does("POST", "docx/v1/documents", {"title": ""})
    document = data["document"]["document_id"]
    path = f"docx/v1/documents/{document}/blocks/{document}/descendant"
    nested = {"children_id": made["first_level_block_ids"], "descendants": made["blocks"]}
    await town.does("POST", path, nested)
    raw = await town.does("GET", f"docx/v1/documents/{document}/raw_content")
    assert raw["content"] == "一\n二\n三\n"

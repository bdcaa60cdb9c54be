"""People at their Feishu: what they see, press and fill in, and what the bot hears of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.feishu.fake.town import (
    Listener,
    Town,
    button,
    card,
    listening,
    markdown,
    told,
)
from tests.fakes.feishu.markdown import seen


def text(content: str, **i18n: str) -> dict[str, Any]:
    return {"tag": "plain_text", "content": content, "i18n_content": i18n}


def opening(*candidates: str) -> dict[str, Any]:
    """A form of every kind of field."""
    choice = [{"text": text("严重", en_us="Severe"), "value": "sev1"},
              {"text": text("一般", en_us="Minor"), "value": "sev3"}]  # fmt: skip
    elements: list[dict[str, Any]] = [
        {"tag": "input", "name": "title", "label": text("标题", en_us="Title"), "required": True},
        markdown("**级别：**", en_us="**Severity:**"),
        {"tag": "select_static", "name": "severity", "options": choice, "initial_option": "sev3"},
        markdown("负责人"),
        {"tag": "select_person", "name": "lead"},
        markdown("成员"),
        {
            "tag": "multi_select_person",
            "name": "people",
            "options": [{"value": each} for each in candidates],
        },
        markdown("期限"),
        {"tag": "date_picker", "name": "due"},
        {"tag": "checker", "name": "urgent", "text": text("加急"), "checked": True},
        {"tag": "input", "name": "why", "label": text("原因"), "max_length": 5},
        button("开群", {"do": "open"}, name="send", form_action_type="submit"),
    ]
    return card({"tag": "form", "name": "open", "elements": elements})


async def callback(town: Town, listener: Listener) -> Any:
    await town.feishu.until(lambda: listener.received)
    payload = listener.received[-1]
    assert payload["header"]["event_type"] == "card.action.trigger"
    return payload["event"]


@told
async def test_each_reader_sees_a_card_in_their_language(town: Town) -> None:
    who = town.li.open_id(town.app)
    cells = {"columns": [{"name": "a", "display_name": "事项"}], "rows": [{"a": "回滚"}]}
    drawn = card(
        markdown(f"负责人 <at id={who}></at>", en_us=f"Lead <at id={who}></at>"),
        {"tag": "table", **cells},
        {"tag": "person", "user_id": who},
        {"tag": "select_static", "placeholder": text("选一个", en_us="Pick")},
        button("加入", {}) | {"text": text("加入", en_us="Join")},
    )
    await town.sends(drawn, "interactive")
    [chinese], [english] = town.li.sees(town.group), town.han.sees(town.group)
    assert chinese.words.splitlines() == [
        "攻关", "负责人 @李雷", "事项", "回滚", "@李雷", "选一个", "加入",
    ]  # fmt: skip
    assert "Lead @李雷" in english.words
    assert (chinese.buttons, english.buttons) == (["加入"], ["Join"])


@pytest.mark.parametrize(
    ("content", "chinese", "english"),
    [
        ("**&#60;b&#62;**<br>二", "<b>\n二", "<b>\n二"),
        ("# 标题\n[文档](https://a.example/x)", "标题\n文档", "标题\n文档"),
        ("<font color='red'>红</font> `a_b` ~~旧~~", "红 a_b 旧", "红 a_b 旧"),
        ("&#42;&#42;不是粗体&#42;&#42;", "**不是粗体**", "**不是粗体**"),
        ("<at id=all></at> <at id=ou_x></at>", "@所有人 @ou_x", "@所有人 @ou_x"),
        (
            "".join(
                f"<local_datetime millisecond='1795424400000' format_type='{form}'>"
                "</local_datetime> "
                for form in ("date", "week_short", "time")
            ),
            "2026年11月23日 周一 17:00 ",
            "Nov 23, 2026 Mon 17:00 ",
        ),
    ],
)
def test_markdown_is_seen_without_its_marks(content: str, chinese: str, english: str) -> None:
    assert seen(content, "zh_cn", {}) == chinese
    assert seen(content, "en_us", {}) == english


@told
async def test_a_press_brings_a_toast_and_a_card(town: Town) -> None:
    answer = {
        "toast": {"type": "success", "content": "Joined", "i18n": {"zh_cn": "已加入"}},
        "card": {"type": "raw", "data": card(markdown("两个人"))},
    }
    async with listening(town, answer=answer) as listener:
        sent = await town.sends(card(button("加入", {"do": "join"})), "interactive")
        [seen] = town.li.sees(town.group)
        pressed = await town.li.presses("加入", seen, host="im_top_notice")
        assert (pressed.toast, pressed.toast_type, pressed.error) == ("已加入", "success", None)
        assert "两个人" in seen.words
        event = await callback(town, listener)
        # Milliseconds have 13 digits now; callbacks come in microseconds.
        assert len(listener.received[-1]["header"]["create_time"]) == 16
        assert event["action"] == {
            "tag": "button", "value": {"do": "join"}, "timezone": "Asia/Shanghai",
        }  # fmt: skip
        assert event["operator"]["open_id"] == town.li.open_id(town.app)
        assert event["host"] == "im_top_notice"
        assert event["context"] == {
            "open_message_id": sent["message_id"], "open_chat_id": town.group.id,
        }  # fmt: skip
        with pytest.raises(AssertionError, match="no button"):
            await town.li.presses("加入", seen)


@told
async def test_links_and_disabled_buttons_call_nobody(town: Town) -> None:
    link = button("文档", {}) | {
        "behaviors": [{"type": "open_url", "default_url": "https://doc.example"}]
    }
    await town.sends(card(link, button("加入", {}, disabled=True)), "interactive")
    [seen] = town.li.sees(town.group)
    assert seen.links == {"文档": "https://doc.example"}
    for label, why in (("文档", "only leads to"), ("加入", "is disabled")):
        with pytest.raises(AssertionError, match=why):
            await town.li.presses(label, seen)


@told
async def test_picking_outside_a_form(town: Town) -> None:
    options = [{"text": text("严重"), "value": "sev1"}, {"text": text("一般"), "value": "sev3"}]
    select = {"tag": "select_static", "placeholder": text("级别"), "options": options,
              "behaviors": [{"type": "callback", "value": {"do": "level"}}]}  # fmt: skip
    await town.sends(card(select), "interactive")
    async with listening(town) as listener:
        await town.li.picks("级别", "严重", town.li.sees(town.group)[0])
        action = (await callback(town, listener))["action"]
        assert (action["tag"], action["option"]) == ("select_static", "sev1")
        assert action["value"] == {"do": "level"}
        [payload] = town.feishu.events.callbacks
        assert (await town.feishu.events.call(town.app, payload))[0] == 0
        assert listener.received == [payload, payload]


@told
async def test_newcomers_are_told_of(town: Town) -> None:
    async with listening(town) as listener:
        newcomer = await town.tenant.hires("小新", email="xin@example.com")
        await town.feishu.settled()
        [event] = listener.received
        assert event["header"]["event_type"] == "contact.user.created_v3"
        assert event["event"]["object"]["open_id"] == newcomer.open_id(town.app)


@told
async def test_button_values_may_come_as_strings(town: Town) -> None:
    async with listening(town) as listener:
        await town.sends(card(button("加入", {"do": "join"})), "interactive")
        town.feishu.faults.string_values = True
        pressed = await town.li.presses("加入", town.li.sees(town.group)[0])
        assert (pressed.error, pressed.toast) == (None, None)
        assert (await callback(town, listener))["action"]["value"] == '{"do": "join"}'


@told
async def test_a_form_is_filled_in_by_its_labels(town: Town) -> None:
    async with listening(town) as listener:
        everybody = [each.open_id(town.app) for each in (town.boss, town.li, town.han)]
        await town.sends(opening(*everybody), "interactive")
        [seen] = town.li.sees(town.group)
        labels = [each.label for each in seen.form.inputs]
        assert labels == ["标题", "级别", "负责人", "成员", "期限", "加急", "原因"]
        values = {"标题": "支付超时", "级别": "严重", "负责人": town.han,
                  "成员": [town.li, town.boss], "期限": "2026-12-24"}  # fmt: skip
        await town.li.fills(seen, values, submit="开群")
        action = (await callback(town, listener))["action"]
        assert (action["tag"], action["name"], action["value"]) == (
            "button",
            "send",
            {"do": "open"},
        )
        assert action["form_value"] == {
            "title": "支付超时",
            "severity": "sev1",
            "lead": town.han.open_id(town.app),
            "people": [town.li.open_id(town.app), town.boss.open_id(town.app)],
            "due": "2026-12-24 +0800",
            "urgent": True,
            "why": "",
        }


@told
async def test_the_client_refuses_a_form_that_is_not_right(town: Town) -> None:
    await town.sends(opening(), "interactive")
    [seen] = town.han.sees(town.group)
    with pytest.raises(AssertionError, match="Title is required"):
        await town.han.fills(seen, {})
    with pytest.raises(AssertionError, match="at most 5"):
        await town.han.fills(seen, {"Title": "a", "why": "much too long"})
    with pytest.raises(AssertionError, match="no 'Awful'"):
        await town.han.fills(seen, {"Title": "a", "Severity": "Awful"})
    with pytest.raises(AssertionError, match="does not offer"):
        await town.han.fills(seen, {"Title": "a", "负责人": town.boss})
    with pytest.raises(AssertionError, match="is not in"):
        await town.boss.fills(seen, {"标题": "a"})


@pytest.mark.parametrize(
    ("answer", "code", "error"),
    [
        ({"toast": {"type": "loud", "content": "a"}}, 200, 200672),
        ({"card": {"type": "raw"}}, 200, 200672),
        ({"something": 1}, 200, 200672),
        ({}, 500, 200671),
    ],
)
def test_bad_answers_are_shown_as_errors(answer: Any, code: int, error: int) -> None:
    async def story(town: Town) -> None:
        async with listening(town, answer=answer, code=code):
            await town.sends(card(button("加入", {})), "interactive")
            pressed = await town.li.presses("加入", town.li.sees(town.group)[0])
            assert (pressed.error, pressed.toast) == (error, None)

    told(story)()


@told
async def test_a_bad_card_in_an_answer_is_no_card(town: Town) -> None:
    answer = {"card": {"type": "raw", "data": card({"tag": "note"})}}
    async with listening(town, answer=answer):
        await town.sends(card(button("加入", {})), "interactive")
        [seen] = town.li.sees(town.group)
        assert (await town.li.presses("加入", seen)).error == 200673
        assert seen.buttons == ["加入"]
    assert "note" in town.feishu.troubles.pop()


@told
async def test_nobody_listening_and_nobody_answering(town: Town) -> None:
    await town.sends(card(button("加入", {})), "interactive")
    [seen] = town.li.sees(town.group)
    assert (await town.li.presses("加入", seen)).error == 200340
    async with listening(town, acks=False) as listener:
        town.feishu.clock.at(town.feishu.clock.now() + 0.2, lambda: town.feishu.clock.advance(3))
        assert (await town.li.presses("加入", seen)).error == 200341
        town.feishu.clock.advance(8 * 3600)  # callbacks are never repeated
        await town.feishu.settled()
        assert len(listener.received) == 1
        town.app.takes_callbacks = False
        assert (await town.li.presses("加入", seen)).error == 200340


@told
async def test_a_card_is_updated_later_with_the_token_of_the_press(town: Town) -> None:
    later = {"card": card(markdown("后来"))}
    async with listening(town, acks=False) as listener:
        await town.sends(card(button("加入", {})), "interactive")
        [seen] = town.li.sees(town.group)

        async def early() -> None:
            body = later | {"token": (await callback(town, listener))["token"]}
            assert await town.fails("POST", "interactive/v1/card/update", body) == 230001
            await listener.ack(listener.frames[-1])

        import asyncio

        pressed, _ = await asyncio.gather(town.li.presses("加入", seen), early())
        body = later | {"token": pressed.token}
        for _ in range(2):
            await town.does("POST", "interactive/v1/card/update", body)
        assert "后来" in seen.words
        assert await town.fails("POST", "interactive/v1/card/update", body) == 230001
        listener.acks = True
        await town.sends(card(button("再来", {})), "interactive")
        pressed = await town.li.presses("再来", town.li.sees(town.group)[-1])
        town.feishu.clock.advance(30 * 60 + 1)
        body = later | {"token": pressed.token}
        assert await town.fails("POST", "interactive/v1/card/update", body) == 230001


@told
async def test_in_groups_only_mentions_are_heard(town: Town) -> None:
    async with listening(town) as listener:
        await town.li.writes("你好", town.group)
        await town.li.writes("@Han Meimei 问 @集结 状态", town.group)
        await town.li.dm("/状态")
        await town.feishu.settled()
        group, direct = [each["event"]["message"] for each in listener.received]
        assert json.loads(group["content"])["text"] == "@_user_1 问 @_user_2 状态"
        assert [each["name"] for each in group["mentions"]] == ["Han Meimei", "集结"]
        assert group["mentions"][1]["id"]["open_id"] == town.app.bot_open_id
        assert (direct["chat_type"], direct["message_type"]) == ("p2p", "text")
        town.app.grant("im:message.group_msg")
        await town.li.writes("听得见", town.group, as_post=True)
        await town.feishu.settled()
        message = listener.received[-1]["event"]["message"]
        assert message["message_type"] == "post"
        assert json.loads(message["content"])["content"][0][0]["text"] == "听得见"


@told
async def test_a_mention_is_of_the_longest_name(town: Town) -> None:
    han = town.tenant.person("Han")
    await han.joins(town.group)
    message = await town.li.writes("@Han Meimei @Han @Han Meimei @Nobody", town.group)
    assert [mention.who for mention in message.mentions] == [town.han.user, han.user]
    said = "@Han Meimei @Han @Han Meimei @Nobody"
    assert town.li.sees(town.group)[0].words == said
    assert json.loads(message.content)["text"] == "@_user_1 @_user_2 @_user_1 @Nobody"


@told
async def test_the_bot_hears_who_comes_and_goes(town: Town) -> None:
    other = town.tenant.app("别的", events=set())
    async with listening(town) as listener:
        await town.boss.joins(town.group)
        await town.boss.leaves(town.group)
        await town.li.adds(town.boss, town.group)
        await town.li.withdraws(town.boss, town.group)
        await town.li.removes(town.han, town.group)
        await town.li.adds_bot(other, town.group)
        await town.li.renames(town.group, "新名")
        await town.li.removes_bot(town.app, town.group)
        await town.li.adds_bot(town.app, town.group)
        await town.li.dissolves(town.group)
        await town.li.menu("open")
        await town.li.enters_dm()
        await town.li.becomes(name="李大雷", leader=town.han)
        await town.feishu.settled()
        assert listener.types() == [
            "im.chat.member.user.added_v1",
            "im.chat.member.user.deleted_v1",
            "im.chat.member.user.added_v1",
            "im.chat.member.user.withdrawn_v1",
            "im.chat.member.user.deleted_v1",
            "im.chat.updated_v1",
            "im.chat.member.bot.deleted_v1",
            "im.chat.member.bot.added_v1",
            "im.chat.disbanded_v1",
            "application.bot.menu_v6",
            "im.chat.access_event.bot_p2p_chat_entered_v1",
            "contact.user.updated_v3",
        ]
        changed = listener.received[5]["event"]
        assert changed["before_change"]["name"] == "值班群"
        assert changed["after_change"]["name"] == "新名"


@told
async def test_reactions_are_heard_and_taken_back(town: Town) -> None:
    async with listening(town) as listener:
        message = await town.li.writes("决定回滚", town.group)
        await town.han.reacts("Pin", message)
        await town.han.unreacts("Pin", message)
        await town.feishu.settled()
        assert listener.types() == [
            "im.message.reaction.created_v1", "im.message.reaction.deleted_v1",
        ]  # fmt: skip
        event = listener.received[0]["event"]
        assert event["reaction_type"] == {"emoji_type": "Pin"}
        assert event["user_id"]["open_id"] == town.han.open_id(town.app)


@told
async def test_the_user_id_comes_only_with_its_scope(town: Town) -> None:
    async with listening(town) as listener:
        await town.li.dm("一")
        town.app.revoke("contact:user.employee_id:readonly")
        await town.li.dm("二")
        await town.feishu.settled()
        first, second = [each["event"]["sender"]["sender_id"] for each in listener.received]
        assert (first["user_id"], second["user_id"]) == (town.li.user.user_id, None)


@told
async def test_until_says_what_there_is(town: Town) -> None:
    await town.sends("就这些")
    with pytest.raises(AssertionError, match="就这些"):
        await town.feishu.until(lambda: False, within=0.1)

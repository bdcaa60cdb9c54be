"""What a message says: as it came, and as it is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.feishu.parse import Ours, message_text, parse, quoted
from bot.core.platform import Incoming, Typed

OURS = Ours("cli_1", "ou_bot", roots=frozenset({"decide", "决策"}))
MENTION = {"key": "@_user_1", "id": {"open_id": "ou_bot"}, "name": "集结"}


def received(content: dict[str, Any], kind: str = "text", **more: Any) -> Incoming:
    message = {
        "message_id": "om_1",
        "chat_id": "oc_1",
        "chat_type": "group",
        "message_type": kind,
        "content": json.dumps(content),
        "mentions": [MENTION],
        **more,
    }
    sender = {"sender_id": {"open_id": "ou_li"}, "sender_type": "user"}
    header = {"event_type": "im.message.receive_v1", "event_id": "e"}
    [found] = parse({"header": header, "event": {"message": message, "sender": sender}}, OURS)
    assert isinstance(found, Incoming)
    return found


def words(found: Incoming) -> str:
    assert isinstance(found.what, Typed)
    return found.what.text


@pytest.mark.parametrize(
    ("card", "text"),
    [
        (
            {"title": "P1 告警", "elements": [[{"tag": "text", "text": "支付成功率 71%"}]]},
            "P1 告警\n支付成功率 71%",
        ),
        (
            {
                "title": None,
                "elements": [
                    [
                        {"tag": "text", "text": "值班："},
                        {"tag": "at", "user_id": "ou_li", "user_name": "李雷"},
                    ],
                    [{"tag": "a", "text": "看板", "href": "https://example.com/x"}],
                    [{"tag": "img", "image_key": "img_1"}],
                    [{"tag": "button", "text": "静默"}],
                ],
            },
            "值班：<@ou_li>\n看板 https://example.com/x\n[静默]",
        ),
        (
            {
                "title": "P1 告警",
                "elements": [[{"tag": "text", "text": "请升级至最新版本客户端，以查看内容"}]],
            },
            "P1 告警",
        ),
        ({"elements": "no list of rows"}, ""),
    ],
)
def test_a_card_is_its_title_and_the_texts_in_it(card: dict[str, Any], text: str) -> None:
    assert message_text("interactive", json.dumps(card), []) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("example.com/a", "example.com/a"),
        ("https://example.com/a/", "https://example.com/a/"),
        ("看板", "看板 https://example.com/a"),
    ],
)
def test_a_link_that_is_its_own_text_is_there_once(shown: str, text: str) -> None:
    part = {"tag": "a", "href": "https://example.com/a", "text": shown}
    assert message_text("post", json.dumps({"content": [[part]]}), []) == text


def test_a_title_above_the_mention_is_no_part_of_what_is_asked() -> None:
    line = [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " 决策 回滚"}]
    found = received({"title": "故障说明", "content": [line]}, "post")
    assert words(found) == "决策 回滚"


def test_the_first_message_of_a_topic_is_answered_in_that_topic() -> None:
    found = received({"text": "@_user_1 决策 回滚"}, thread_id="omt_1")
    assert found.place is not None
    assert found.place.thread == "om_1"
    read = quoted({"message_id": "om_1", "thread_id": "omt_1", "create_time": "0"})
    assert read.thread == "om_1"


@pytest.mark.parametrize(
    ("agent", "text", "lang"),
    [
        ("Lark/6.7.5 LarkLocale/en_US ttnet", "@_user_1 决策 回滚", "en"),
        ("Lark/6.7.5 LarkLocale/zh_CN ttnet", "@_user_1 decide Roll back", "zh"),
        ("Lark/6.7.5 LarkLocale/ja_JP ttnet", "@_user_1 决策 回滚", "zh"),
        ("", "@_user_1 decide Roll back", None),
    ],
)
def test_a_client_says_its_language_where_the_app_may_know(
    agent: str, text: str, lang: str | None
) -> None:
    assert received({"text": text}, user_agent=agent).sender.lang == lang

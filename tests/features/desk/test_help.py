"""Help, made of the commands themselves."""

from __future__ import annotations

import re

import pytest

from bot.bootstrap import registry
from tests.world import Actor


@pytest.mark.parametrize(
    "said", ["/muster", "/muster help", "/help", "/帮助", "/集结", "/集结 帮助", "help", "?help"]
)
def test_all_of_it(alice: Actor, said: str) -> None:
    if said == "?help":
        alice.dms(said).hears("I do not know ?help. Did you mean /muster help?")
        return
    words = (
        alice.dms(said).hears("What I can do", "— War rooms —", "— Items —", "— Decisions —").text
    )
    for cls in registry().commands.values():
        if cls.spec.public:
            assert f"/{cls.spec.path}  " in words


def test_in_chinese_by_chinese_names(chen: Actor) -> None:
    words = chen.dms("/帮助").text
    assert "/攻关 开" in words
    assert "/事项 加" in words
    assert "/warroom open" not in words
    assert "War rooms" not in words


@pytest.mark.parametrize(
    "said", ["/muster help warroom", "/muster help /warroom", "/集结 帮助 攻关", "/help 攻关"]
)
def test_a_capability(alice: Actor, said: str) -> None:
    words = (
        alice.dms(said)
        .hears("War rooms\n", "/warroom open TITLE [@people…] [--severity 1|2|3|4]")
        .text
    )
    assert "/item" not in words
    assert "--before" not in words, "what only buttons say"


def test_a_capability_in_chinese(chen: Actor) -> None:
    chen.dms("/帮助 事项").hears(
        "/事项 加 [WR-7] 要做什么 [--负责人 @某人] [--截止 时间] [--类型 行动|阻塞|风险|问题]"
    )


@pytest.mark.parametrize(
    "said", ["/muster help item add", "/muster help /item add", "/help 事项 加", "/帮助 item new"]
)
def test_a_command(alice: Actor, said: str) -> None:
    alice.dms(said).hears(
        "Add an item\n",
        "/item add [WR-7] TEXT [--owner @person] [--due DUE] [--kind action|blocker|risk|question]",
        "Also, without a slash in a message to me: item new, 事项 加",
        "— Examples —",
        "/item add Check the gateway logs --owner @bob --due tomorrow 5pm",
    )


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("/help decide", "Record a decision\n"),
        ("/help 决策", "Record a decision\n"),
        ("/help decisions", "List decisions, and find them\n"),
        ("/help help", "Say what I can do\n"),
        ("/help export", "Exports\n"),
        ("/help muster", "Muster itself\n"),
        ("/help WARROOM CLOSE", "Close a war room\n"),
    ],
)
def test_which_help(alice: Actor, said: str, heading: str) -> None:
    assert alice.dms(said).text.startswith(heading)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("/help itme add", "There is no help on itme add. Did you mean /muster help item add"),
        ("/help lunch", "There is no help on lunch."),
        ("/help warroom opne", "War rooms\n"),
        ("/help " + "x" * 5000, "may have at most 100 characters"),
    ],
)
def test_help_on_nothing(alice: Actor, said: str, heard: str) -> None:
    alice.dms(said).hears(heard)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("/warrom open X", "I do not know /warrom open X. Did you mean /warroom open"),
        ("/warroom opne X", "Did you mean /warroom open"),
        ("/攻关 开始", "/warroom open"),
        ("/事像 加 查日志", "Did you mean /item add"),
        ("/lunch", "I do not know /lunch. /muster help lists what I can do."),
        ("/", "Say /muster help to see what I can do."),
        ("list", "I do not know list. Did you mean /warroom list, /item list or"),
        ("close 3", "Did you mean /warroom close"),
        ("列表", "Did you mean /warroom list, /item list or /checkpoint list?"),
        ("good morning everybody", "I do not know good morning everybody. /muster help lists"),
        ("午饭吃什么", "I do not know 午饭吃什么."),
    ],
)
def test_unknown_commands(alice: Actor, said: str, heard: str) -> None:
    answer = alice.dms(said).hears(heard)
    assert f"> {said}" in answer.text


def test_unknown_commands_in_chinese(chen: Actor) -> None:
    words = chen.dms("/warrom open X").text
    assert "/攻关 开" in words
    assert "/warroom" not in words
    assert "Did you mean" not in words
    assert "I do not know" not in words


def test_nothing_in_chinese_names_a_command_in_english(chen: Actor, alice: Actor) -> None:
    overview = chen.dms("/帮助").hears("— 决策锚点 —", "— 站会 —", "— 升级 —", "/帮助 事项 加").text
    assert not re.search(r"/[a-z]", overview)
    one = (
        chen.dms("/帮助 事项 加").hears("/事项 加 查网关日志 --负责人 @bob --截止 明天下午5点").text
    )
    assert "tomorrow" not in one
    chen.dms("/攻关 列表").hears("/攻关 开 …")
    chen.dms("/事项 列表").hears("/事项 加 …")
    chen.dms("/决策列表").hears("/决策 …")
    alice.says("/warroom open Trouble").hears("WR-1")
    chen.dms("/攻关 状态 WR-1 止损中 好些了").hears("/攻关 加入 WR-1")
    alice.dms("/item add x --due whenever --room WR-1").hears("tomorrow 5pm, Dec 4 or 3d")
    refused = chen.dms("/攻关 状态 WR-1 观察中 x --下次更新 随便").text
    assert "明天下午5点、12月4日 或 3天后" in refused
    assert "tomorrow" not in refused
    alice.world.channel("general").skips()
    alice.world.room("WR-1").skips()

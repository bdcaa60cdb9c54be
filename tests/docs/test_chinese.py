"""Whole cards in Chinese: made of pieces, which only together read well or badly."""

from __future__ import annotations

import pytest

from bot.core.plaintext import bar
from bot.core.text import Reader
from tests.world import Actor, Place, World, world

SHANGHAI = Reader("zh", "Asia/Shanghai")


def _office(office: World) -> tuple[Actor, Actor, Place]:
    alice = office.person("王芳", lang="zh", zone="Asia/Shanghai")
    lilei = office.person("李雷", lang="zh", zone="Asia/Shanghai")
    alice.says("/攻关 开 支付超时 级别1 @李雷").hears("正在新建 WR-1 支付超时", "马上拉你进群。")
    office.channel("general").skips()
    return alice, lilei, office.room("WR-1")


def _card(office: World, room: Place) -> list[str]:
    return office.words(room.pinned, SHANGHAI).splitlines()


def test_a_summary_card() -> None:
    with world(language="zh", zone="Asia/Shanghai") as office:
        alice, lilei, room = _office(office)
        alice.says("/事项 加 查网关日志 --负责人 @李雷 --截止 明天下午5点", room)
        lilei.says("/事项 阻塞 1 等供应商回复", room)
        alice.says("/攻关 目标 支付成功率 --单位 % --从 92 --到 99.5 --截止 下周五", room)
        alice.says("/攻关 读数 96", room)
        alice.says("/决策 回滚到 1.4 --原因 1.5 上线后开始报错", room)
        room.skips()
        facts = "行动项 · @李雷 · 截止 2026年11月24日 周二 17:00 · 受阻：等供应商回复"
        assert _card(office, room) == [
            "WR-1 支付超时",
            "级别：1 级（严重）",
            "状态：排查中",
            "组长：@王芳",
            "成员：2",
            "建群时间：2026年11月23日 周一 09:00",
            f"支付成功率，从 92 到 99.5%，截止 2026年12月4日 周五：{bar(0.53)} 目前 96%，进度 53%",
            "— 1 个事项未完成，0 个已完成 —",
            f"• WR-1-1 查网关日志（{facts}） [完成] [受阻…]",
            "— 1 项决策 —",
            "• D-1 回滚到 1.4（@王芳 · 2026年11月23日 周一 09:00 · 1.5 上线后开始报错）",
            "[加入] [更新进展] [添加事项] [记录决策] [时间线] [关闭]",
        ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/攻关 状态 止损中 已回滚 --下次更新 两小时后", "@王芳 更新状态：止损中"),
        ("/攻关 级别 2", "@王芳 把级别从「1 级（严重）」改为「2 级（高）」"),
        ("/攻关 改名 欧洲支付超时", "@王芳 把标题从「支付超时」改为「欧洲支付超时」"),
        ("/攻关 交接 @李雷 盯到中午", "@王芳 把组长交接给 @李雷"),
        ("/事项 加 查日志 --类型 风险", "@王芳 添加了事项 WR-1-1 查日志"),
        ("/攻关 关闭 连接池扩容", "@王芳 关闭了 WR-1 支付超时"),
    ],
)
def test_what_a_room_is_told(said: str, told: str) -> None:
    with world(language="zh", zone="Asia/Shanghai") as office:
        alice, _, room = _office(office)
        room.skips()
        alice.says(said, room)
        room.expects(told, reader=SHANGHAI)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "/item done 99",
            "请写上编号，或者到群里说。你所在的攻关群：WR-1 支付超时。",
        ),
        ("/item done WR-1-9", "没有事项 WR-1-9。"),
        ("/warroom severity WR-1 9", "「9」不在可选范围内，可选：1、2、3 或 4。"),
        ("/item add x --due 昨天", "「昨天」已经过去了。"),
        ("/itm add x", "我不认识「/itm add x」，你是不是想说 /事项 加？"),
        ("/集结 时区 shanghia", "没有「shanghia」这个时区，你是不是想说 Asia/Shanghai？"),
        ("/集结 语言 中文", "我会用中文和你交流。"),
    ],
)
def test_what_somebody_is_told(said: str, told: str) -> None:
    with world(language="zh", zone="Asia/Shanghai") as office:
        alice, _, room = _office(office)
        room.skips()
        alice.says(said).hears(told)


def test_a_bilingual_room_says_everything_twice() -> None:
    with world() as office:
        alice = office.person("alice")
        alice.says("/warroom open Payments --language both").hears("Opening")
        office.channel("general").skips()
        room = office.room("WR-1")
        room.skips()
        words = office.words(room.pinned, Reader("both"))
        assert "Severity: 3 · medium / 级别：3 级（中）" in words
        assert "[Join / 加入]" in words


def test_a_stand_up_from_the_first_word_to_the_report() -> None:
    with world(language="zh", zone="Asia/Shanghai") as office:
        alice, lilei, room = _office(office)
        alice.says("/站会 设置 09:30 --截止 11:00 --参与 指定 --成员 @李雷", room)
        room.skips()
        office.at("2026-11-23 09:30", "Asia/Shanghai")
        lilei.hears("WR-1 支付超时 的站会：请在 11:00 前回答\n[回答] [今天跳过]")
        head = room.expects("2026-11-23 站会", reader=SHANGHAI)
        form = lilei.presses("回答", lilei.direct)
        names = [field.name for field in form.form.fields]
        form.fills(**dict(zip(names, ("看完日志", "压测", "没有权限", "4"), strict=True)))
        lilei.hears("收到，谢谢。")
        answer, report = (
            office.words(message, SHANGHAI).splitlines()
            for message in office.unread(room.id)
            if message.thread == head.id
        )
        said = "状态如何（1–5 分）？ 🙂 4"
        assert answer == [
            "李雷 的回答",
            *("— 上次之后有什么进展？ —", "> 看完日志"),
            *("— 接下来做什么？ —", "> 压测"),
            *("— 有什么阻碍？ —", "> 没有权限"),
            said,
        ]
        assert report == [
            "2026-11-23 站会报告：WR-1 支付超时",
            "— 1 个卡点 —",
            "• WR-1-1 没有权限（李雷 · 今天新增）",
            "— 李雷 —",
            "上次之后有什么进展？ 看完日志",
            "接下来做什么？ 压测",
            "有什么阻碍？ 没有权限",
            said,
        ]
        room.skips()

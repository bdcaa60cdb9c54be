"""Serves the playground with a week of stand-ups in it, for the pictures in docs/images.

    python scripts/standup_scene.py en        a team in London; `zh` one in Shanghai

It prints its address, and serves until it is told to stop. It is Friday, 20 November 2026, a
quarter to ten there.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from bot import serve
from bot.bootstrap import Muster
from bot.core.clock import MovableClock
from bot.core.text import Language, Msg
from bot.settings import Settings
from bot.terminal.script import read
from bot.terminal.session import Session
from bot.terminal.stage import Deed

ZONES: dict[Language, str] = {"en": "Europe/London", "zh": "Asia/Shanghai"}
BEGINS = "2026-11-16 08:00"
ENDS = "2026-11-20 09:45"

#: The day of November and the time at which something was said or done; `*` is the one before.
STORIES: dict[Language, str] = {
    "en": """\
16 09:00 !person alice en Europe/London
*        !person bob en Europe/London
*        !person chen en Europe/London
16 09:05 alice: /warroom open Checkout rebuild @bob @chen
16 09:06 alice@WR-1: /standup setup 09:30 --closes 11:00
16 09:10 chen@WR-1: /item add Write the roll-back runbook --owner @alice --due friday
16 09:33 bob: /standup
*        bob: {since: Read the gateway logs; next: Load test on staging; mood: 3}
16 09:36 alice: /standup
*        alice: {since: Planned the roll-out; next: Agree on the order of regions; mood: 4}
17 09:34 alice: /standup
*        alice: {next: Move the first region; mood: 4}
17 09:40 chen: /standup
*        chen: {since: Connection pool reviewed; next: Alert on waiting requests; mood: 3}
17 09:44 bob: /standup
*        bob: {next: Second load test; blocker: No access to the staging database; mood: 2}
18 09:35 alice: /standup
*        alice: {next: Second region; mood: 4}
18 09:47 bob: /standup
*        bob: {mood: 2}
19 08:50 chen: /standup away until friday
19 09:34 alice: /standup
*        alice: {since: The second region is on the new checkout; next: The last region; mood: 5}
19 09:46 bob: /standup
*        bob: {since: "p99 is at 310 ms with 400 users, 420 ms with 800"; \
next: Load test with real data; mood: 4}
19 15:00 chen: /warroom open Mobile payments @alice
19 15:05 chen@WR-2: /standup setup 09:30 --closes 12:00
20 09:36 bob: /standup
*        bob: {since: Load test with real data, no surprises; next: Write it up; mood: 5}
""",
    "zh": """\
16 09:00 !person 陈晨 zh Asia/Shanghai
*        !person 李雷 zh Asia/Shanghai
*        !person 韩梅梅 zh Asia/Shanghai
16 09:05 陈晨: /攻关 开 结账重构 @李雷 @韩梅梅
16 09:06 陈晨@WR-1: /站会 设置 09:30 --截止 11:00
16 09:10 韩梅梅@WR-1: /事项 加 写回滚手册 --负责人 @陈晨 --截止 周五
16 09:33 李雷: /站会
*        李雷: {since: 看完网关日志; next: 预发环境压测; mood: 3}
16 09:36 陈晨: /站会
*        陈晨: {since: 排好上线计划; next: 确定各区域的顺序; mood: 4}
17 09:34 陈晨: /站会
*        陈晨: {next: 第一个区域上线; mood: 4}
17 09:40 韩梅梅: /站会
*        韩梅梅: {since: 评审了连接池; next: 给等待的请求加告警; mood: 3}
17 09:44 李雷: /站会
*        李雷: {next: 第二轮压测; blocker: 没有预发数据库的权限; mood: 2}
18 09:35 陈晨: /站会
*        陈晨: {next: 第二个区域; mood: 4}
18 09:47 李雷: /站会
*        李雷: {mood: 2}
19 08:50 韩梅梅: /站会 请假 到周五
19 09:34 陈晨: /站会
*        陈晨: {since: 第二个区域已切到新结账; next: 最后一个区域; mood: 5}
19 09:46 李雷: /站会
*        李雷: {since: "400 并发 p99 310 ms，800 并发 420 ms"; next: 用真实数据压测; mood: 4}
19 15:00 韩梅梅: /攻关 开 移动支付 @陈晨
19 15:05 韩梅梅@WR-2: /站会 设置 09:30 --截止 12:00
20 09:36 李雷: /站会
*        李雷: {since: 真实数据压测完成，没有意外; next: 整理结论; mood: 5}
""",
}
#: Questions by their English labels, which forms know in every language.
QUESTIONS = {
    "since": "What have you done since last time?",
    "next": "What will you do next?",
    "blocker": "What is in your way?",
    "mood": "How are you, from 1 to 5?",
}


class _Silent:
    """A printer that shows nothing."""

    def deed(self, deed: Deed, line: int | None) -> None: ...

    def note(self, text: Msg) -> None: ...


def instant(day_and_time: str, zone: ZoneInfo) -> datetime:
    """Of "2026-11-16 09:00" there."""
    return datetime.fromisoformat(day_and_time).replace(tzinfo=zone)


async def tell(muster: Muster, lang: Language) -> None:
    """Let the week happen, up to its end."""
    assert muster.playground is not None
    zone = ZoneInfo(ZONES[lang])
    session = Session(muster, muster.playground, _Silent())
    for line in STORIES[lang].replace("\\\n", "").splitlines():
        when, said = line[:9].strip(), line[9:]
        if when != "*":
            await muster.advance(instant(f"2026-11-{when}", zone))
        for name, question in QUESTIONS.items():
            said = said.replace(f"{{{name}:", f"{{{question}:").replace(
                f"; {name}:", f"; {question}:"
            )
        statement = read(said)
        assert statement is not None
        await session.do(statement)
    await muster.advance(instant(ENDS, zone))


def main(lang: Language) -> None:
    """Serve until told to stop."""
    zone = ZONES[lang]
    with tempfile.TemporaryDirectory(prefix="muster-scene-") as folder:
        settings = Settings.without_file(
            home=Path(folder),
            database_url="",
            host="127.0.0.1",
            port=0,
            language=lang,
            timezone=zone,
            playground="on",
        ).alone()
        serve.run(
            settings,
            clock=MovableClock(instant(BEGINS, ZoneInfo(zone))),
            prepare=lambda muster: tell(muster, lang),
            ready=lambda address: print(address, flush=True),
        )


if __name__ == "__main__":
    main(cast("Language", sys.argv[1]))

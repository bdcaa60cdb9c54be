"""`muster demo`: the playground with a living example in it.

The story is told by the same lines that people write for `muster chat`, so whatever happens in it
happens as it does in earnest. Its times are counted back from now: at the end it is the present, in
the middle of the trouble.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bot import serve
from bot.bootstrap import Muster
from bot.core.clock import MovableClock, SystemClock
from bot.core.i18n import plain
from bot.core.text import Msg, Reader, Seq, Slash, Strong, t
from bot.problems import Problem
from bot.settings import Settings
from bot.terminal.script import length, read
from bot.terminal.session import Session
from bot.terminal.stage import Deed

#: How long ago, and what was said or done then.
STORY = """\
26h5m   !person alice en Europe/London
26h5m   !person 陈晨 zh Asia/Shanghai
26h5m   !person bob en Europe/Berlin
26h4m   bob: Checkout feels slow since 1.5 went out. Does anybody else see that?
26h3m   陈晨: 看到了，华东机房的支付请求大量超时。
26h2m   alice: Same here: p99 is at 1.2 s. I am opening a war room.
26h     alice: /warroom open Payments time out at checkout --severity 2 @陈晨 @bob
25h54m  alice@WR-1: /warroom goal p99 of checkout --unit ms --from 1200 --to 300 --due 2d
25h50m  bob@WR-1: It began minutes after 1.5 reached the last region.
25h44m  陈晨@WR-1: 我先看网关日志，对比一下两个版本。
25h43m  陈晨@WR-1: /事项 加 对比 1.4 和 1.5 的网关日志 --负责人 @陈晨 --截止 3小时后
25h40m  alice@WR-1: /item add Put one node back on 1.4 and compare --owner @bob --due 2h
25h30m  alice@WR-1: /warroom status investigating One node goes back to 1.4, to see whether 1.5 \
is to blame --next 2h
24h10m  bob@WR-1: [Done] one node back
24h9m   bob@WR-1: The node on 1.4 is fine, p99 420 ms. It is 1.5.
24h     alice@WR-1: /decide Roll back to 1.4 everywhere --why The node on 1.4 has a third of the \
latency --instead-of A hotfix on top of 1.5
23h50m  alice@WR-1: /warroom status mitigating Rolling back to 1.4, region by region --next 3h
22h40m  陈晨@WR-1: /事项 完成 1 超时都发生在等待数据库连接的时候
22h30m  陈晨@WR-1: /攻关 读数 760
21h10m  陈晨@WR-1: /事项 加 华东机房回滚 --类型 阻塞 --负责人 @陈晨 --截止 30h
21h8m   陈晨@WR-1: /事项 阻塞 3 变更窗口今晚才开
21h     alice@WR-1: /warroom status mitigating Rolled back in two of three regions; East China \
waits for its change window --next 15h
5h50m   bob@WR-1: /warroom reading 640
5h40m   alice@WR-1: /warroom status mitigating Two regions are well again. Next is the connection \
pool, which was too small all along --next 3h
5h      bob@WR-1: /item add Alert when requests wait for a connection --owner @bob --due 4h
4h30m   陈晨@WR-1: 高峰期等连接要 800 ms，1.5 只是把问题放大了。
4h20m   陈晨@WR-1: /决策 连接池上限提到 200 --原因 高峰期等待连接超过 800 ms --而非 增加机器
4h      alice@WR-1: /item add Why does the gateway hold idle connections? --kind question --owner \
@alice --due 1d
3h      bob@WR-1: /item add A larger pool may exhaust the database --kind risk --due 3d
2h50m   alice@WR-1: /warroom status mitigating The pool limit is raised in two regions --next 3h
2h      陈晨@WR-1: /攻关 读数 520
1h58m   bob@WR-1: 520 and falling. That was the right knob to turn.
40m     alice@WR-1: /warroom status mitigating Stable in two regions; East China rolls back \
tonight --next 90m
12m     陈晨@WR-1: 变更窗口已经批了，今晚我来值守。
7m      bob@WR-1: The alert slipped, sorry. I am on it now.
3m      alice@WR-1: /warroom note The status page is up to date
"""


def beats() -> list[tuple[timedelta, str]]:
    """The lines of the story, each with how long ago it was."""
    parts = [line.split(maxsplit=1) for line in STORY.splitlines()]
    return [(length(ago), line) for ago, line in parts]


class _Silent:
    """A printer that shows nothing: the playground shows it all."""

    def deed(self, deed: Deed, line: int | None) -> None: ...

    def note(self, text: Msg) -> None: ...


async def tell(muster: Muster) -> None:
    """Let the story happen. The clock is to stand where it begins, and is then at the present."""
    assert muster.playground is not None
    session = Session(muster, muster.playground, _Silent())
    now = SystemClock().now()
    for ago, line in beats():
        await muster.advance(now - ago)
        statement = read(line)
        assert statement is not None
        await session.do(statement)
    await muster.advance(SystemClock().now())


def run(settings: Settings, *, port: int | None, keep: bool, browse: bool) -> None:
    """Serve the playground with the story in it, until told to stop.

    It has a folder of its own: a new one each time, or with `keep` the same one, where the story
    is told only once.
    """
    with _home(settings, keep=keep) as home:
        own = Settings.without_file(
            home=home,
            database_url="",
            host="127.0.0.1",
            port=_port(settings.port) if port is None else port,
            language=settings.language,
            timezone=settings.timezone,
            playground="on",
        ).alone()
        is_new = not (home / "playground.db").exists()
        begin = SystemClock().now() - beats()[0][0] - timedelta(minutes=1)

        def ready(address: str) -> None:
            _welcome(address, Reader(settings.language))
            if browse:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        serve.run(
            own,
            clock=MovableClock(begin) if is_new else None,
            prepare=tell if is_new else None,
            ready=ready,
        )


@contextlib.contextmanager
def _home(settings: Settings, *, keep: bool) -> Iterator[Path]:
    if keep:
        home = settings.home / "demo"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="muster-demo-") as folder:
        yield Path(folder)


def _port(wanted: int) -> int:
    """The port that is set, or any free one if that is taken."""
    try:
        with serve.listener("127.0.0.1", wanted):
            return wanted
    except Problem:
        return 0


def _welcome(address: str, reader: Reader) -> None:
    lines = (
        t("Muster's playground: {address}", address=Strong(f"{address}/")),
        t("Be {people}, and see what each sees. Try {command}.", people=_PEOPLE, command=_TRY),
        t("Ctrl-C ends it."),
    )
    sys.stdout.write("".join(f"{plain(each, reader)}\n" for each in lines))
    sys.stdout.flush()


_TRY = Slash("warroom list")
_PEOPLE = Seq(("alice", "陈晨", "bob"), "or")

"""Commands are shown as people can type them in Slack: by the names that its manifest has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.bootstrap import registry
from tests.adapters.slack.stage import Stage, stage
from tests.fakes.slack import Person

pytestmark = pytest.mark.anyio
#: A word with a slash before it that is no part of an address.
_SLASH = re.compile(r"(?:(?<=[\s`（：(、])|^)(/[^\s`，。、）]+)", re.MULTILINE)
PLACES = [(lang, prefix) for lang in ("en-US", "zh-CN") for prefix in ("", "ops-")]


def _strange(on: Stage, words: str) -> set[str]:
    """Slash commands in what somebody reads that Slack was never told of."""
    known = {one["command"] for one in on.slack.feature("slash_commands")}
    return set(_SLASH.findall(words)) - known


async def _heard(on: Stage, who: Person, said: str, *words: str) -> str:
    answer = await (await who.types(said, on.general)).hears(*words)
    assert _strange(on, answer.words) == set(), answer.words
    return str(answer.words)


@pytest.mark.parametrize(("locale", "prefix"), PLACES)
async def test_help_names_what_can_be_typed(tmp_path: Path, locale: str, prefix: str) -> None:
    async with stage(tmp_path, "http", slack_command_prefix=prefix) as on:
        mei = on.team.person("Mei", locale=locale)
        is_chinese = locale == "zh-CN"
        opens = f"/{prefix}warroom {'开' if is_chinese else 'open'}"
        ask = f"/{prefix}muster help"
        await mei.types(ask, on.general)
        await on.settled()  # she is known by now
        assert opens in await _heard(on, mei, ask)
        for root in {cls.spec.root for cls in registry().commands.values() if cls.spec.public}:
            await _heard(on, mei, f"{ask} {root}")
        adds = f"/{prefix}item {'加' if is_chinese else 'add'} [WR-7]"
        example = "加 查网关日志 --负责人" if is_chinese else "add Check the gateway logs --owner"
        await _heard(on, mei, f"{ask} item add", adds, f"/{prefix}item {example} @bob")
        await _heard(on, mei, f"{ask} item add", "item new", "事项 加")


@pytest.mark.parametrize(("locale", "prefix"), PLACES)
async def test_hints_name_what_can_be_typed(tmp_path: Path, locale: str, prefix: str) -> None:
    async with stage(tmp_path, "http", slack_command_prefix=prefix) as on:
        bob = on.team.person("Bob", locale="en-US")
        await bob.types(f"/{prefix}warroom open Trouble", on.general)
        await on.settled()
        mei = on.team.person("Mei", locale=locale)
        await mei.types(f"/{prefix}muster whoami", on.general)
        await on.settled()
        is_chinese = locale == "zh-CN"
        join, add, lists = ("加入", "加", "列表") if is_chinese else ("join", "add", "list")
        # What she typed comes back as she typed it.
        said = f"/{prefix}warroom status WR-1 mitigating Better"
        await _heard(on, mei, said, f"/{prefix}warroom {join} WR-1", said)
        said = f"/{prefix}item ad x"
        await _heard(on, mei, said, f"/{prefix}item {add}", said)
        said = f"/{prefix}item list all everything"
        await _heard(on, mei, said, f"/{prefix}item {lists} [WR-7]", said)
        await _heard(on, mei, f"/{prefix}item list", f"/{prefix}item {add} …")


async def test_a_prefix_is_understood_where_no_slash_command_can_be_given(tmp_path: Path) -> None:
    """In threads Slack takes none, so people copy it into a message."""
    async with stage(tmp_path, "http", slack_command_prefix="ops-") as on:
        mei = on.team.person("Mei", locale="en-US")
        await mei.types("/ops-warroom open Trouble", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await mei.writes("@Muster /ops-item add Look", room)
        await on.settled()
        assert any("WR-1-1" in seen.words for seen in mei.sees(room))


@pytest.mark.parametrize("prefix", ["", "ops-"])
async def test_what_muster_sends_on_its_own(tmp_path: Path, prefix: str) -> None:
    async with stage(tmp_path, "http", slack_command_prefix=prefix) as on:
        chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
        await chen.types(f"/{prefix}muster whoami", on.general)
        await on.settled()
        await chen.types(f"/{prefix}warroom open 支付超时", on.general)
        await on.settled()
        room = await on.room("WR-1")
        await chen.opens_home()
        await on.settled()
        home = chen.home
        assert home is not None
        assert f"/{prefix}item 列表 我的" in home.words
        mei = on.team.person("Mei", locale="en-US")
        await chen.types(f"/{prefix}warroom invite @Mei", room)
        await on.settled()
        await chen.leaves(room)
        await on.settled()
        told = "\n".join(seen.words for seen in mei.sees(room))
        assert f"/{prefix}warroom 负责人 @…" in told
        assert _strange(on, told + home.words) == set()

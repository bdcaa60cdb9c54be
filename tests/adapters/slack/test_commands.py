"""Every command by its form, and what people type exactly as they typed it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import registry
from bot.core.commands import Command, Kind
from tests.adapters.slack.judges import message_faults, view_faults
from tests.adapters.slack.stage import MODES, Mode, Stage, stage
from tests.fakes.slack import Channel, Input, Modal, Person, interactions

pytestmark = pytest.mark.anyio
#: Which Slack input a parameter gets.
INPUTS = {
    Kind.REST: {"plain_text_input"},
    Kind.LINE: {"plain_text_input"},
    Kind.LONG: {"plain_text_input"},
    Kind.KEY: {"plain_text_input"},
    Kind.PERSON: {"users_select"},
    Kind.PEOPLE: {"multi_users_select"},
    Kind.WHEN: {"datetimepicker"},
    Kind.CHOICE: {"static_select"},
    Kind.NUMBER: {"number_input"},
    Kind.FLAG: {"checkboxes"},
}


def _asks(cls: type[Command]) -> bool:
    """Whether a command cannot be carried out from its name alone, said in a room.

    Forms that a feature draws have fields of their own.
    """
    spec = cls.spec
    missing = any(param.required for param in spec.params)
    return spec.public and spec.form and not spec.draws and (spec.asks or missing)


ASKING = {path: cls for path, cls in registry().commands.items() if _asks(cls)}


async def opened(on: Stage) -> tuple[Person, Channel]:
    mei = on.team.person("Mei", locale="en-US", is_admin=True)
    await mei.types("/warroom open Trouble", on.general)
    await on.settled()
    room = await on.room("WR-1")
    await mei.types("/item add Look at the logs", room)
    await on.settled()
    return mei, room


def _filling(label: str, field: Input, mei: Person) -> Any:  # noqa: PLR0911  one a kind
    """Something to put in, of the kind that a picker gives."""
    match field.type:
        case "users_select":
            return mei
        case "multi_users_select":
            return [mei]
        case "datetimepicker":
            return datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)  # noqa: TID251  Slack's picker shows today
        case "static_select":
            return field.options[0]
        case "number_input":
            return 7
        case "checkboxes":
            return True
        case _:
            return {"Item": "WR-1-1", "Time zone or city": "Shanghai"}.get(label, "Some words")


class TestForms:
    async def test_every_command_that_asks_has_a_form_that_can_be_sent(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            mei, room = await opened(on)
            for path in ASKING:
                while mei.modal:
                    await mei.closes_modal()
                asked = await mei.types(f"/{path}", room)
                assert asked.status == 200, path
                modal = await on.slack.until(lambda: mei.modal)
                self._check(path, modal)
                fields = modal.inputs.items()
                await mei.fills({label: _filling(label, one, mei) for label, one in fields})
                sent = await mei.submits()
                assert sent.error == "", (path, sent.error)
                # Taken, or handed back with what was filled in and a word beside it.
                if sent.refused:
                    assert mei.modal is not None, path
                    assert all(words.strip() for words in sent.refused.values()), path
            assert on.slack.limits.early == []

    def _check(self, path: str, modal: Modal) -> None:
        params = [param for param in ASKING[path].spec.params if param.in_form]
        params += [p for p in ASKING[path].spec.params if p.kind is Kind.KEY and p.required]
        kinds = set().union(*(INPUTS[param.kind] for param in params))
        assert {one.type for one in modal.inputs.values()} <= kinds, path
        assert len(modal.inputs) == len({param.name for param in params}), path
        assert view_faults(modal.view.body) == [], path

    async def test_bare_commands_never_answer_with_an_error(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US", is_admin=True)
            for root in sorted({cls.spec.root for cls in registry().commands.values()}):
                if not any(c.spec.public and c.spec.root == root for c in _all()):
                    continue
                asked = await mei.types(f"/{root}", on.general)
                assert (asked.status, asked.error) == (200, ""), root
            await on.slack.quiet()

    async def test_an_error_stands_beside_its_field_and_nothing_typed_is_lost(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            mei, room = await opened(on)
            await mei.types("/item block", room)
            await on.slack.until(lambda: mei.modal)
            why = 'The vendor\'s <API> & "their" reply'
            await mei.fills({"Item": "WR-9-9", "What is in the way?": why})
            sent = await mei.submits()
            assert sent.error == ""
            assert mei.modal is not None
            assert "no war room WR-9" in "\n".join([mei.modal.words, *sent.refused.values()])
            assert view_faults(mei.modal.view.body) == []
            assert mei.modal.values["What is in the way?"] == why
            await mei.fills({"Item": "WR-1-1"})
            sent = await mei.submits()
            assert not sent.refused
            assert not sent.error
            await on.settled()
            shown = await mei.types("/item list", room)
            await shown.hears(why)

    async def test_a_form_in_chinese(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
            await chen.types("/warroom", on.general)
            modal = await on.slack.until(lambda: chen.modal)
            assert not any("a" <= letter.lower() <= "z" for letter in modal.title), modal.title
            [title] = [label for label, one in modal.inputs.items() if not one.is_optional]
            await chen.fills({title: "支付超时：网关 <1.5> & 数据库"})
            assert not (await chen.submits()).refused
            await on.settled()
            room = await on.room("WR-1")
            assert room.name.isascii()
            [card] = [seen for seen in chen.sees(room) if seen.is_pinned]
            assert "支付超时：网关 <1.5> & 数据库" in card.words
            await chen.writes("@Muster 事项 加 查网关日志", room)
            await on.settled()
            assert any("查网关日志" in seen.words and "WR-1-1" in seen.words
                       for seen in chen.sees(room))  # fmt: skip
            listed = await chen.types("/warroom 列表", on.general)
            await listed.hears("支付超时")


def _all() -> list[type[Command]]:
    return list(registry().commands.values())


_UNMARKED = str.maketrans("", "", "*_~`")
AWKWARD = [
    "Ends in a quote: she said \"no\" and 'never'",
    "“Curly” ‘quotes’ and «guillemets»",
    "<b>bold</b> &amp; R&D <//evil.example|click> <!channel>",
    "*not bold* _not italic_ ~not struck~ `code` ```block```",
    "```\nif a < b && c > d:\n    return\n```",
    "first line\nsecond line\n\n\tindented",
    "emoji :pushpin: 🧑‍🚒 and 中文，标点。",
    "https://example.com/?a=1&b=<2> and mail@example.com",
    "\\n is no line break, \\\\ is two backslashes",
    "1. one\n• two\n> quoted",
    "&lt;already escaped&gt;",
]


class TestWords:
    # A page of the timeline has ten lines.
    @pytest.mark.parametrize("page", [AWKWARD[:6], AWKWARD[6:]])
    async def test_awkward_words_come_back_as_they_were(
        self, page: list[str], tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            mei, room = await opened(on)
            on.slack.limits.on = False
            for words in page:
                await mei.types(f"/warroom note {words}", room)
            await on.settled()
            shown = await mei.types("/warroom timeline", room)
            said = await on.slack.until(lambda: shown.said)
            drawn = json.dumps([one.blocks for one in shown.all_said], ensure_ascii=False)
            plain = "\n".join(one.words for one in shown.all_said)
            plain = plain.replace("\u00ad", "").replace("\u200b", "")  # keep Slack from reading it
            for words in page:
                lines = [line.strip(" `\t>•") for line in words.split("\n") if line.strip(" `")]
                for line in lines:
                    # Whether marks are shown as such is for the drawing's own tests to say.
                    assert line.translate(_UNMARKED) in plain.translate(_UNMARKED), line
            assert message_faults(said.blocks) == []
            assert "<!channel>" not in drawn
            assert "<//evil.example|click>" not in drawn

    @pytest.mark.parametrize("mode", MODES)
    async def test_a_long_command(self, mode: Mode, tmp_path: Path) -> None:
        async with stage(tmp_path, mode) as on:
            mei, room = await opened(on)
            words = "\n".join(f"line {n}: <a & b> “say” :boom: 日志" for n in range(120))
            assert len(words) > 3000
            asked = await mei.types(f"/decide Roll back --why {json.dumps(words)}", room)
            assert (asked.status, asked.error) == (200, "")
            await on.settled()
            [card] = [s for s in mei.sees(room) if "D-1" in s.words and "Roll back" in s.words][:1]
            everything = [*mei.sees(room), *mei.sees(room, thread=card)]
            assert any("line 119" in seen.words for seen in everything) or any(
                b"line 119" in content for seen in everything for content in seen.files.values()
            )
            for seen in mei.sees(room):
                if seen.by == "Muster":
                    assert message_faults(seen.blocks) == []

    async def test_a_command_in_full_width_and_by_another_prefix(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http", slack_command_prefix="acme-") as on:
            names = {one["command"] for one in on.slack.feature("slash_commands")}
            assert {"/acme-warroom", "/acme-item", "/acme-muster"} <= names
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/acme-warroom open Trouble －－severity １", on.general)
            await on.settled()
            room = await on.room("WR-1")
            [card] = [seen for seen in mei.sees(room) if seen.is_pinned]
            assert "critical" in card.words
            # Without the prefix it is the same, where it is said to Muster itself.
            await mei.writes("@Muster item add Look", room)
            await on.settled()
            assert any("WR-1-1" in seen.words for seen in mei.sees(room))


class TestOld:
    async def test_the_global_shortcut_opens_the_form(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.global_shortcut("warroom open")
            await on.slack.until(lambda: mei.modal)
            await mei.fills({"What is the problem?": "Trouble"})
            sent = await mei.submits()
            assert (sent.refused, sent.error) == ({}, "")
            await on.settled()
            room = await on.room("WR-1")
            assert mei.id in room.members
            # There was no channel to answer in: the modal says it.
            assert mei.modal is None or "WR-1" in mei.modal.words

    @pytest.mark.parametrize("callback", ["gone", "", "warroom close", "muster settings"])
    async def test_a_shortcut_that_is_none(self, callback: str, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            seen = await mei.writes("Words", on.general)
            response = on.slack.responses.new(on.team, mei.id, on.general)
            payload = interactions.message_shortcut(
                on.team, mei.user, on.general, seen.message, callback, response
            )
            attempt = await on.slack.deliveries.send("interaction", payload)
            assert attempt.status == 200
            await on.slack.until(lambda: [one for one in mei.sees(on.general) if one.is_ephemeral])
            assert mei.modal is None

    @pytest.mark.parametrize(
        "value",
        [
            '{"do":"gone","v":1,"with":{}}',
            '{"do":"warroom join","v":99,"with":{}}',
            '{"do":"warroom join","v":1,"with":{"room":"nonsense"}}',
            '{"do":"room opened","v":1,"with":{}}',
            "[]",
            "{",
            "z:garbage",
            "",
        ],
    )
    async def test_an_old_button(self, value: str, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            bob = on.team.person("Bob", locale="en-US")
            [announced] = [s for s in bob.sees(on.general) if "Join" in s.buttons]
            announced.buttons["Join"].element["value"] = value
            pressed = await bob.presses("Join", announced)
            assert (pressed.status, pressed.error) == (200, "")
            await on.settled()
            room = await on.room("WR-1")
            assert bob.id not in room.members


@pytest.mark.parametrize("mode", MODES)
async def test_somebody_new_is_looked_up_before_they_are_told_who_they_are(
    mode: Mode, tmp_path: Path
) -> None:
    async with stage(tmp_path, mode) as on:
        ada = on.team.person("Ada", locale="en-US", tz="Europe/Paris", is_admin=True)
        asked = await ada.types("/muster whoami", on.general)
        said = await on.slack.until(lambda: asked.said)
        assert "Administers this workspace" in said.words
        assert "Europe/Paris" in said.words
        again = await ada.types("/muster whoami", on.general)
        assert said.words == (await on.slack.until(lambda: again.said)).words
        assert re.search(r"Administers this workspace\W*yes", said.words)

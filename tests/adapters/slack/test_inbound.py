"""What comes in from Slack: who is answered how, what is refused, what never happens twice."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.core.clock import SystemClock
from bot.features.rooms.tables import Room
from storage.rows import table_of
from tests.adapters.slack.stage import MODES, Mode, Stage, stage
from tests.fakes.slack import Channel, Person
from tests.fakes.slack.seen import Seen

pytestmark = pytest.mark.anyio


async def rooms(on: Stage) -> int:
    """How many war rooms there are."""
    query = select(func.count()).select_from(table_of(Room))
    counted: int | None = await on.muster.db.read(lambda conn: conn.execute(query).scalar())
    return counted or 0


def signed(on: Stage, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
    stamp = str(int(SystemClock().now().timestamp() - age))
    key = (secret or on.slack.signing_secret).encode()
    digest = hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }


def command(on: Stage, text: str = "open Trouble", trigger: str = "1.2.3") -> bytes:
    person = on.team.person("Mei")
    return urlencode(
        {
            "command": "/warroom",
            "text": text,
            "user_id": person.id,
            "user_name": "mei",
            "team_id": on.team.id,
            "channel_id": on.general.id,
            "trigger_id": trigger,
            "response_url": f"{on.slack.base}/nowhere",
        }
    ).encode()


async def post(on: Stage, body: bytes | io.BytesIO, headers: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        url = f"{on.address}/slack/events"
        async with session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


def said_by_muster(person: Person, place: Channel) -> list[Seen]:
    return [one for one in person.sees(place) if one.by == "Muster"]


class TestRequests:
    async def test_a_forged_request_is_refused(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = command(on)
            wrong = signed(on, body, secret="another")
            assert (await post(on, body, wrong))[0] == 401
            assert (await post(on, body, {"content-type": wrong["content-type"]}))[0] == 401
            assert (await post(on, body + b"&x=1", signed(on, body)))[0] == 401
            assert await rooms(on) == 0

    @pytest.mark.parametrize(("age", "status"), [(299, 200), (-295, 200), (302, 401), (-305, 401)])
    async def test_a_request_is_good_for_five_minutes(
        self, age: float, status: int, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            body = command(on)
            assert (await post(on, body, signed(on, body, age=age)))[0] == status

    async def test_a_replayed_request_does_nothing_twice(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = command(on)
            headers = signed(on, body)
            statuses = [(await post(on, body, headers))[0] for _ in range(3)]
            assert statuses == [200, 200, 200]
            await on.settled()
            assert await rooms(on) == 1

    async def test_a_timestamp_that_is_no_number_is_refused(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = command(on)
            headers = signed(on, body) | {"x-slack-request-timestamp": "soon"}
            assert (await post(on, body, headers))[0] == 401

    async def test_a_body_that_is_not_utf_8_is_refused(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = b"command=%2Fwarroom&text=\xff\xfe"
            assert (await post(on, body, signed(on, body)))[0] == 400

    async def test_json_that_is_none_is_refused(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = b'{"type": '
            headers = signed(on, body) | {"content-type": "application/json"}
            assert (await post(on, body, headers))[0] == 400

    async def test_a_huge_body_is_refused(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = b"x" * 2_500_000
            headers = signed(on, body)
            assert (await post(on, io.BytesIO(body), headers))[0] == 413

    async def test_slack_checks_the_certificate_unsigned(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            kind = {"content-type": "application/x-www-form-urlencoded"}
            assert (await post(on, b"ssl_check=1&token=x", kind))[0] == 200

    async def test_the_address_is_verified_only_when_signed(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
            headers = signed(on, body) | {"content-type": "application/json"}
            status, text = await post(on, body, headers)
            assert (status, "abc" in text) == (200, True)
            assert (await post(on, body, {"content-type": "application/json"}))[0] == 401


class TestPeople:
    @pytest.mark.parametrize("mode", MODES)
    async def test_a_stranger_is_answered_in_their_own_language(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
            result = await chen.types("/warroom list", on.general)
            said = await on.slack.until(lambda: result.said)
            assert "没有" in said.words
            # Known by now: the answer is in the acknowledgement itself.
            again = await chen.types("/warroom list", on.general)
            assert "没有" in json.dumps(again.ack, ensure_ascii=False)

    @pytest.mark.parametrize("mode", MODES)
    async def test_a_stranger_s_room_has_their_language_and_their_time(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            chen = on.team.person("陈晨", locale="zh-CN", tz="Asia/Shanghai")
            await chen.types("/warroom open 支付超时", on.general)
            await on.settled()
            room = await on.room("WR-1")
            [card] = [seen for seen in chen.sees(room) if seen.is_pinned]
            assert "组长" in card.words
            await chen.types("/standup setup 09:30", room)
            await on.settled()
            told = [seen.words for seen in chen.sees(room) if "09:30" in seen.words]
            assert told, "in their room it is known when 09:30 is"
            assert not any("UTC" in each for each in told)

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("where", ["direct", "channel"])
    async def test_a_stranger_s_first_words_are_answered_in_their_own_language(
        self, mode: Mode, where: str, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            li = on.team.person("李雷", locale="zh-CN", tz="Asia/Shanghai")
            slow = on.slack.faults.lag(1.0, "users.info")
            place, words = (li.dm, "天气") if where == "direct" else (on.general, "@Muster 天气")
            await li.writes(words, place)
            await on.slack.until(lambda: said_by_muster(li, place))
            await on.settled()
            assert slow.hits
            attempts = [one for sent in on.slack.deliveries.log for one in sent.attempts]
            assert {one.error for one in attempts} == {""}
            assert max(one.seconds for one in attempts) < 0.8, "it waited for Slack"
            [said] = said_by_muster(li, place)
            assert "我不认识「天气」" in said.words

    async def test_a_stranger_of_whom_slack_says_nothing_is_answered_all_the_same(
        self, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, "http") as on:
            li = on.team.person("李雷", locale="zh-CN")
            on.slack.faults.fails("users.info", "internal_error", times=None)
            await li.writes("天气", li.dm)
            [said] = await on.slack.until(lambda: said_by_muster(li, li.dm))
            assert "I do not know" in said.words

    async def test_a_stranger_s_dates_are_in_their_own_time_zone(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US", tz="Asia/Shanghai")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            bob = on.team.person("Bob", locale="en-US", tz="America/New_York")
            await bob.joins(room)
            await on.settled()
            asked = await bob.types("/item add Look --due 2027-01-05 17:00", room)
            assert asked.status == 200
            await on.settled()
            [told] = [
                seen
                for seen in mei.sees(room)
                if "WR-1-1" in seen.words and "Look" in seen.words and not seen.is_pinned
            ]
            # 17:00 in New York is 22:00 UTC.
            assert str(1799186400) in json.dumps(told.blocks), told.blocks

    async def test_a_group_of_people_is_brought_in(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei, bob, eve = (on.team.person(name) for name in ("Mei", "Bob", "Eve"))
            on.team.group("oncall", [bob, eve])
            await mei.types("/warroom open Trouble @oncall", on.general)
            await on.settled()
            room = await on.room("WR-1")
            assert {mei.id, bob.id, eve.id} <= set(room.members)

    async def test_only_administrators_of_slack_administer(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei")
            boss = on.team.person("Boss", is_admin=True)
            refused = await mei.types("/muster doctor", on.general)
            said = await on.slack.until(lambda: refused.said)
            assert "administer" in said.words
            result = await boss.types("/muster doctor", on.general)
            said = await on.slack.until(lambda: result.said)
            assert "database" in said.words


class TestWords:
    @pytest.mark.parametrize("mode", MODES)
    async def test_muster_answers_a_mention_and_a_direct_message(
        self, mode: Mode, tmp_path: Path
    ) -> None:
        async with stage(tmp_path, mode) as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.writes("@Muster open Payment timeouts", on.general)
            await on.settled()
            assert (await on.room("WR-1")).name == "wr-1-payment-timeouts"
            await mei.writes("/warroom list", mei.dm)
            await on.settled()
            assert any("WR-1" in seen.words for seen in mei.sees())
            # A form cannot open by itself there: it is behind a button.
            await mei.writes("item add", mei.dm)
            await on.settled()
            [asking] = [
                seen for seen in mei.sees() if seen.buttons and "item" in seen.words.lower()
            ]
            assert asking.words.count("Add an item") == 1
            await mei.presses(next(iter(asking.buttons)), asking)
            modal = await on.slack.until(lambda: mei.modal)
            assert "What is to be done?" in modal.inputs

    async def test_other_people_s_talk_is_none_of_its_business(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei")
            await mei.writes("open the window please", on.general)
            await on.settled()
            assert [seen for seen in mei.sees(on.general) if seen.by == "Muster"] == []
            assert await rooms(on) == 0

    async def test_an_unknown_word_is_handed_back(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom list", on.general)
            await on.settled()
            result = await mei.types("/warroom opne Payment & <timeouts>", on.general)
            assert result.status == 200
            said = await on.slack.until(lambda: result.said)
            assert "Payment & <timeouts>" in said.words


class TestEvents:
    async def test_an_event_delivered_again_happens_once(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei")
            on.slack.deliveries.duplicates(4)
            await mei.writes("@Muster open Payment timeouts", on.general)
            await on.settled()
            assert await rooms(on) == 1

    async def test_the_emoji_taken_back_takes_the_note_back(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            said = await mei.writes("The gateway was restarted at 14:05", room)
            await mei.reacts("pushpin", said)
            await on.settled()
            shown = await mei.types("/warroom timeline", room)
            await on.slack.until(lambda: shown.said)
            assert "gateway was restarted" in shown.said.words
            await mei.unreacts("pushpin", said)
            await on.settled()
            shown = await mei.types("/warroom timeline", room)
            await on.slack.until(lambda: shown.said)
            assert "gateway was restarted" not in shown.said.words

    async def test_the_room_follows_its_channel(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei, bob = on.team.person("Mei", locale="en-US"), on.team.person("Bob", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            await bob.joins(room)
            await mei.renames(room, "trouble-in-paradise")
            await on.settled()
            [summary] = [seen for seen in mei.sees(room) if seen.is_pinned]
            assert "People 2" in " ".join(summary.words.split())
            await mei.converts_to_private(room)
            await on.settled()
            eve = on.team.person("Eve", locale="en-US")
            listed = await eve.types("/warroom list", on.general)
            said = await on.slack.until(lambda: listed.said)
            assert "Trouble" not in said.words

    async def test_the_home_tab_shows_what_is_mine(self, tmp_path: Path) -> None:
        async with stage(tmp_path, "http") as on:
            mei = on.team.person("Mei", locale="en-US")
            await mei.types("/warroom open Trouble", on.general)
            await on.settled()
            room = await on.room("WR-1")
            await mei.types("/item add Look at the logs --owner @Mei", room)
            await on.settled()
            await mei.opens_home()
            await on.settled()
            assert "Look at the logs" in mei.home.words
            assert "WR-1" in mei.home.words
            await mei.presses("Done", mei.home)
            await on.settled()
            assert "Look at the logs" not in mei.home.words


async def test_what_is_being_answered_is_finished_before_the_end(tmp_path: Path) -> None:
    async with stage(tmp_path, "http") as on:
        mei = on.team.person("Mei", locale="zh-CN")
        on.slack.faults.lag(0.3, "users.info")
        result = await mei.types("/warroom list", on.general)
        assert not result.all_said
    await asyncio.sleep(0)
    [said] = result.all_said
    assert "没有" in said.words

"""What one person alone is shown in Feishu, and what files and documents are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.chat import Card, FieldKind, Form, FormField, Quote, line
from bot.core.effects import Address, DirectMessage, PostCard, SendFile, Tell
from bot.core.errors import Permanent, Temporary
from bot.core.text import t
from tests.adapters.feishu.bench import EPHEMERAL, MESSAGES, ZH, Bench, said

pytestmark = pytest.mark.anyio


class TestForOne:
    async def test_in_a_group_they_alone_see_it_in_their_language(self, bench: Bench) -> None:
        card = line(t("Never mind."))
        user = bench.li.open_id(bench.app)
        await bench.does(Tell(bench.here, user, card, ZH))
        assert [seen.words for seen in bench.li.sees(bench.group)] == ["已取消。"]
        assert bench.han.sees(bench.group) == []
        assert "i18n_content" not in str(bench.feishu.called(EPHEMERAL)[0].body)

    async def test_in_a_thread_they_are_told_in_private(self, bench: Bench) -> None:
        here = Address("feishu", bench.app.id, bench.group.id, "om_root")
        await bench.does(Tell(here, bench.li.open_id(bench.app), said(), ZH))
        assert not bench.feishu.called(EPHEMERAL)
        assert [seen.words for seen in bench.li.sees()] == ["你好"]

    async def test_where_a_group_is_made_of_topics_they_are_told_in_private(
        self, bench: Bench
    ) -> None:
        bench.group.settings["group_message_type"] = "thread"
        await bench.does(Tell(bench.here, bench.li.open_id(bench.app), said(), ZH))
        assert [seen.words for seen in bench.li.sees()] == ["你好"]
        await bench.does(Tell(bench.here, bench.li.open_id(bench.app), said(), ZH), "k2")
        assert len(bench.feishu.called(EPHEMERAL)) == 1, "what cannot be is not tried again"

    async def test_many_who_ask_at_once_wait_for_nobody_who_posts(self, bench: Bench) -> None:
        user = bench.li.open_id(bench.app)
        pace = bench.adapter.apps[bench.app.id].client.pace
        for n in range(5):
            await bench.does(PostCard(bench.here, said(), ZH), f"post {n}")
        before = pace.now()
        await asyncio.gather(
            *(bench.does(Tell(bench.here, user, said(), ZH), f"k{n}") for n in range(8))
        )
        assert pace.now() - before < 1.0

    async def test_who_is_not_in_the_group_is_told_in_private(self, bench: Bench) -> None:
        eve = bench.person("Eve")
        await bench.does(Tell(bench.here, eve.open_id(bench.app), said(), ZH))
        assert [seen.words for seen in eve.sees()] == ["你好"]

    async def test_what_is_too_long_to_be_shown_there_is_told_in_private(
        self, bench: Bench
    ) -> None:
        card = Card(t("Log"), (Quote("很长的日志。" * 12_000),))
        await bench.does(Tell(bench.here, bench.li.open_id(bench.app), card, ZH))
        assert bench.group.messages == []
        words = "".join(seen.words for seen in bench.li.sees())
        assert words.count("很长的日志。") >= 12_000

    async def test_a_form_offers_the_people_of_the_group(self, bench: Bench) -> None:
        await bench.does(Tell(bench.here, bench.li.open_id(bench.app), asked(bench), ZH))
        [seen] = bench.li.sees(bench.group)
        [who] = seen.form.inputs
        assert set(who.options.values()) | set(who.options) >= {bench.han.open_id(bench.app)}
        assert who.default == bench.han.open_id(bench.app), "and starts with who it was"

    async def test_a_form_in_private_offers_whom_muster_has_met(self, bench: Bench) -> None:
        app = bench.adapter.apps[bench.app.id]
        await app.people.profile(bench.han.open_id(bench.app))
        effect = DirectMessage(bench.user(bench.li), asked(bench), ZH)
        await bench.does(effect)
        [seen] = bench.li.sees()
        [who] = seen.form.inputs
        assert who.default == bench.han.open_id(bench.app)

    async def test_who_mutes_the_bot_cannot_be_told(self, bench: Bench) -> None:
        await bench.li.mutes(bench.app)
        with pytest.raises(Permanent) as caught:
            await bench.does(DirectMessage(bench.user(bench.li), said(), ZH))
        assert caught.value.code == "user_muted_bot"


def asked(bench: Bench) -> Card:
    """A form alone, that starts with Han."""
    user = bench.han.open_id(bench.app)
    field = FormField("who", FieldKind.PERSON, t("Owner"), value=user)
    return Card(t("Owner"), (Form("item add", t("Owner"), (field,), t("Send")),))


class TestFiles:
    def effect(self, bench: Bench, name: str = "决策.md", *, doc: bool = False) -> SendFile:
        note = t("{n} decisions", n=2)
        return SendFile(bench.here, "decisions", {}, name, note, ZH, as_document=doc)

    async def test_a_file_is_sent_once(self, bench: Bench, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_text("a,b\n")
        bench.feishu.faults.drop_after(MESSAGES)
        with pytest.raises(Temporary):
            await bench.adapter.send_file(self.effect(bench, "a.csv"), "k", path)
        await bench.adapter.send_file(self.effect(bench, "a.csv"), "k", path)
        files = [each for each in bench.li.sees(bench.group) if each.message.msg_type == "file"]
        assert [seen.file for seen in files] == [b"a,b\n"]

    async def test_an_empty_file_can_be_sent(self, bench: Bench, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"")
        await bench.adapter.send_file(self.effect(bench, "a.csv"), "k", path)

    async def test_one_too_large_is_refused_here(self, bench: Bench, tmp_path: Path) -> None:
        path = tmp_path / "f"
        with path.open("wb") as file:
            file.truncate(30_000_001)
        with pytest.raises(Permanent, match="file_too_large"):
            await bench.adapter.send_file(self.effect(bench, "a.csv"), "k", path)

    async def test_a_long_document_has_everything_in_order(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        path = tmp_path / "f"
        rows = "".join(f"| D-{n} | 理由 {n} |\n" for n in range(5))
        text = "".join(f"# 第 {n} 节\n\n段落 {n}\n\n" for n in range(700))
        path.write_text(f"{text}| a | b |\n|---|---|\n{rows}", encoding="utf-8")
        receipt = await bench.adapter.send_file(self.effect(bench, doc=True), "k", path)
        [document] = bench.feishu.documents.values()
        assert receipt.link == f"https://www.feishu.cn/docx/{document.id}"
        words = document.words
        places = [words.index(f"第 {n} 节") for n in (0, 1, 350, 699)]
        assert places == sorted(places)
        assert "理由 4" in words
        assert document.members == {bench.group.id: "view"}

    async def test_a_document_that_was_interrupted_goes_on(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        path = tmp_path / "f"
        path.write_text("# 决策\n\n回滚到 1.4\n", encoding="utf-8")
        blocks = "POST /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}/descendant"
        share = "POST /open-apis/drive/v1/permissions/{token}/members"
        bench.feishu.faults.drop_after(blocks)
        bench.feishu.faults.status(share, 503)
        for _ in range(2):
            with pytest.raises(Temporary):
                await bench.adapter.send_file(self.effect(bench, doc=True), "k", path)
        await bench.adapter.send_file(self.effect(bench, doc=True), "k", path)
        [document] = bench.feishu.documents.values()
        assert document.words.count("回滚到 1.4") == 1

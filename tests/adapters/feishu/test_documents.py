"""What the documentation tells people to click: all that Muster needs, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.feishu.adapter import Config, Feishu
from adapters.feishu.parse import Ours, parse
from adapters.feishu.scopes import SCOPES
from bot.bootstrap import registry
from bot.core.clock import SystemClock
from bot.core.effects import (
    Address,
    Bookmark,
    CreateChannel,
    Describe,
    DirectMessage,
    Effect,
    Home,
    Invite,
    Pin,
    PostCard,
    ReadMessage,
    Remove,
    SendFile,
    Tell,
    UpdateCard,
    Urgent,
    User,
)
from bot.core.lexicon import Lexicon
from bot.core.platform import Incoming, Typed
from bot.core.text import Language, t
from tests.adapters.feishu.bench import ZH, said
from tests.adapters.feishu.tables import (
    MENU,
    events_table,
    menu_table,
    scopes_json,
    scopes_table,
)
from tests.fakes.feishu import App, Chat, FakeFeishu, Person
from tests.fakes.feishu.api_apps import EVENT_SCOPES
from tests.fakes.feishu.scopes import API_SCOPES, DEPARTMENT_FIELDS, USER_FIELDS

ROOT = Path(__file__).parents[3]
DOCUMENTED = ROOT.parent / "shared" / "oracles" / "feishu" / "scopes.json"
NAMES = {scope.name for scope in SCOPES}


@pytest.mark.parametrize(
    ("file", "lang"), [("README.md", "en"), ("README.zh.md", "zh"),
                       ("docs/feishu.md", "en"), ("docs/feishu.zh.md", "zh")]
)  # fmt: skip
def test_the_tables_are_those_of_the_code(file: str, lang: Language) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    tables = [scopes_json(), events_table(lang)]
    if file.startswith("docs/"):
        tables += [scopes_table(lang), menu_table(lang)]
    for table in tables:
        assert table in text, f"{file} should have\n{table}"


def test_every_entry_of_the_menu_is_a_command() -> None:
    commands = registry().commands
    for path in MENU:
        assert path in commands
        event = {"event_key": path.replace(" ", "_"), "operator": {"operator_id": "ou_1"}}
        body = {"header": {"event_type": "application.bot.menu_v6"}, "event": event}
        [found] = parse(body, Ours("cli_1", "ou_2"))
        assert isinstance(found, Incoming)
        assert isinstance(found.what, Typed)
        request = Lexicon(commands).find(found.what.text)
        assert request is not None
        assert request.cls.spec.path == path


def test_each_scope_that_is_asked_for_is_one_that_exists_and_is_used() -> None:
    known = {scope for scopes in API_SCOPES.values() for scope in scopes}
    known |= {*USER_FIELDS.values(), *DEPARTMENT_FIELDS.values(), *EVENT_SCOPES}
    assert known >= NAMES


def effects(app: App, group: Chat, li: Person, message: str, room: str) -> list[Effect]:
    """Every effect there is for Feishu."""
    here, there = Address("feishu", app.id, group.id), Address("feishu", app.id, room)
    user = li.open_id(app)
    return [
        Invite(there, (user,)),
        Remove(there, user),
        Describe(there, "WR-1 x", "y"),
        PostCard(here, said(), ZH),
        UpdateCard(here, message, said("二"), ZH),
        Pin(here, message),
        DirectMessage(User("feishu", app.id, user), said(), ZH),
        Tell(here, user, said(), ZH),
        ReadMessage(here, message),
        Bookmark(here, "a", "https://example.com"),
        Bookmark(here, "a", "https://example.com/b"),
        Urgent(here, message, (user,)),
    ]


@pytest.mark.anyio
async def test_the_scopes_are_enough_for_everything(tmp_path: Path) -> None:
    """Also by the documentation's own list, where that is at hand."""
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app(scopes=set(NAMES))
        team = tenant.department("支付", leader=tenant.person("王总"))
        li = tenant.person("李雷", departments=[team])
        group = tenant.group("值班群", [li])
        adapter = Feishu([Config(app.id, app.secret, domain=feishu.url)], SystemClock())
        here = adapter.apps[app.id]
        made = await adapter.perform(CreateChannel(Home("feishu", app.id), "wr-1", "WR-1 x"), "c")
        place = Address("feishu", app.id, group.id)
        posted = await adapter.perform(PostCard(place, said(), ZH), "p")
        for number, effect in enumerate(effects(app, group, li, posted.id, made.id)):
            await adapter.perform(effect, f"k{number}")
        await send_files(adapter, place, tmp_path)
        feishu.clock.advance(15 * 86400)
        await adapter.perform(
            UpdateCard(Address("feishu", app.id, group.id), posted.id, said(), ZH), "u"
        )
        assert (await here.people.profile(li.open_id(app))).manager
        assert await here.places.members(group.id, 5)
        assert not await here.places.is_direct(group.id, 5)
        assert all(each.is_fine for each in await adapter.examine({app.id: {group.id: "x"}}))
        lacking = [call for call in feishu.calls if call.code == 99991672]
        assert lacking == []
        used = {f"{call.method} {call.template}" for call in feishu.calls}
    if not DOCUMENTED.exists():
        pytest.skip("the documentation's list of scopes is not at hand")
    documented = json.loads(DOCUMENTED.read_text(encoding="utf-8"))
    for call in sorted(used & documented.keys()):
        wanted = set(documented[call]["scopes"])
        assert not wanted or wanted & NAMES, (call, wanted)


async def send_files(adapter: Feishu, here: Address, folder: Path) -> None:
    path = folder / "f"
    path.write_text("# a\n\nb\n", encoding="utf-8")
    for as_document in (False, True):
        effect = SendFile(here, "x", {}, "a.md", t("Decisions"), ZH, as_document=as_document)
        await adapter.send_file(effect, f"f{as_document}", path)

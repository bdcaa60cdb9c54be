"""An adapter on a bench: not running, beside a Feishu of its own, for one effect after another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.feishu.adapter import Config, Feishu
from bot.core.chat import Card, line
from bot.core.clock import SystemClock
from bot.core.effects import Address, Effect, Receipt, User
from bot.core.text import Reader, t
from tests.adapters.feishu.stage import judge
from tests.fakes.feishu import App, Chat, FakeFeishu, Person, TenantDesk

MESSAGES = "POST /open-apis/im/v1/messages"
EPHEMERAL = "POST /open-apis/ephemeral/v1/send"
ZH = Reader("zh", "Asia/Shanghai")


@dataclass
class Bench:
    """An adapter that is not running, a Feishu, two people and a group."""

    feishu: FakeFeishu
    app: App
    adapter: Feishu
    li: Person
    han: Person
    group: Chat

    @property
    def here(self) -> Address:
        return Address("feishu", self.app.id, self.group.id)

    def user(self, person: Person) -> User:
        return User("feishu", self.app.id, person.open_id(self.app))

    def person(self, name: str) -> Person:
        """Somebody of the tenant who is not in the group."""
        return TenantDesk(self.feishu, self.feishu.tenants[0]).person(name)

    async def does(self, effect: Effect, key: str = "k") -> Receipt:
        return await self.adapter.perform(effect, key)


@asynccontextmanager
async def made() -> AsyncIterator[Bench]:
    """A bench, whose cards are judged in the end."""
    async with FakeFeishu() as feishu:
        tenant = feishu.tenant()
        app = tenant.app()
        li, han = tenant.person("李雷"), tenant.person("Han", lang="en_us")
        group = tenant.group("值班群", [li, han])
        adapter = Feishu([Config(app.id, app.secret, domain=feishu.url)], SystemClock())
        yield Bench(feishu, app, adapter, li, han, group)
        await adapter.apps[app.id].close()
        judge(feishu)


def said(text: str = "你好") -> Card:
    return line(t("{text}", text=text))

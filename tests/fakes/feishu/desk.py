"""Founding a company: its apps, people, departments and groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.fakes.feishu.chats import Chat
from tests.fakes.feishu.org import App, Department, Tenant, User
from tests.fakes.feishu.people import Person

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu


class TenantDesk:
    """Where tests found a company."""

    def __init__(self, feishu: FakeFeishu, tenant: Tenant) -> None:
        self.feishu = feishu
        self.tenant = tenant

    def app(self, name: str = "集结", **rest: Any) -> App:
        """An app with a bot, known to this tenant (see `App` for the rest)."""
        made = App(self.tenant, name, **rest)
        self.feishu.apps[made.id] = made
        return made

    def department(
        self, name: str, *, leader: Person | None = None, parent: Department | None = None
    ) -> Department:
        made = Department(self.tenant, name, leader.user if leader else None, parent)
        self.tenant.departments.append(made)
        return made

    def person(
        self,
        name: str,
        *,
        lang: str = "zh_cn",
        leader: Person | None = None,
        departments: Iterable[Department] = (),
        **rest: Any,
    ) -> Person:
        """Somebody who works here (see `User` for the rest)."""
        boss = leader.user if leader else None
        made = User(
            self.tenant, name, lang=lang, leader=boss, departments=list(departments), **rest
        )
        self.tenant.users.append(made)
        return Person(self.feishu, made)

    async def hires(self, name: str, **rest: Any) -> Person:
        """As `person`, and the apps are told of it."""
        made = self.person(name, **rest)
        for app in self.feishu.apps.values():
            if app.tenant is self.tenant and app.reaches(made.user):
                told = {"object": made.user.in_event(app)}
                self.feishu.events.send(app, "contact.user.created_v3", told)
        return made

    def group(
        self,
        name: str,
        members: Iterable[Person],
        bots: Iterable[App] | None = None,
        **settings: Any,
    ) -> Chat:
        """A group that the first of the members owns; all apps of the tenant unless told."""
        users = [person.user for person in members]
        if bots is None:
            bots = [app for app in self.feishu.apps.values() if app.tenant is self.tenant]
        made = Chat(self.tenant, "group", name, members=users, bots=list(bots))
        made.owner = users[0] if users else None
        made.settings |= settings
        self.feishu.chats[made.id] = made
        return made

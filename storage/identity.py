"""Who is who: workspaces and people, found by what a platform calls them, made when first seen."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.core.platform import Sender
from bot.core.text import Reader
from storage.rows import Rows, table_of
from storage.tables import Person, Workspace

_workspace = table_of(Workspace)
_person = table_of(Person)
_find_workspace = select(_workspace).where(
    _workspace.c.platform == bindparam("platform"), _workspace.c.native == bindparam("native")
)
_find_person = select(_person).where(
    _person.c.workspace_id == bindparam("workspace"), _person.c.user == bindparam("user")
)
_any_admin = (
    select(_person.c.id)
    .where(_person.c.workspace_id == bindparam("workspace"), _person.c.is_admin)
    .limit(1)
)


def workspace_of(rows: Rows, platform: str, native: str, now: datetime) -> Workspace:
    """The workspace that a platform calls `native`."""
    by_name = {"platform": platform, "native": native}
    found = rows.first(Workspace, _find_workspace, by_name, keep=True)
    if found is None:
        new = Workspace(platform=platform, native=native, settings="{}", created_at=now)
        rows.add_missing(new)
        found = rows.first(Workspace, _find_workspace, by_name)
    assert found is not None
    return found


def person_of(rows: Rows, workspace: Workspace, sender: Sender, now: datetime) -> Person:
    """The person that a platform calls `sender.user`, with what the platform now says of them.

    The first person of a workspace administers it, so that somebody always does; nobody does who
    does not belong to it.
    """
    found = find_person(rows, workspace, sender.user)
    if found is None:
        # One newcomer at a time: two replicas may meet the same one, or two the first one.
        rows.get(Workspace, workspace.id, lock=True)
        found = find_person(rows, workspace, sender.user) or _meet(rows, workspace, sender, now)
    is_outsider = found.is_outsider if sender.is_outsider is None else sender.is_outsider
    news = {
        "name": sender.name or found.name,
        "native_lang": sender.lang or found.native_lang,
        "native_zone": sender.zone or found.native_zone,
        "is_outsider": is_outsider,
        "is_admin": not is_outsider and (found.is_admin or bool(sender.is_admin)),
    }
    changed = {name: value for name, value in news.items() if getattr(found, name) != value}
    if changed:
        rows.change(found, **changed)
    return found


def _meet(rows: Rows, workspace: Workspace, sender: Sender, now: datetime) -> Person:
    is_first = rows.value(_any_admin, {"workspace": workspace.id}) is None
    is_admin = is_first if sender.is_admin is None else sender.is_admin
    return rows.add(
        Person(
            workspace_id=workspace.id,
            user=sender.user,
            name=sender.name or sender.user,
            native_lang=sender.lang,
            native_zone=sender.zone,
            is_admin=is_admin and not sender.is_outsider,
            is_outsider=sender.is_outsider,
            created_at=now,
        )
    )


def administrators(rows: Rows, workspace: Workspace) -> list[Person]:
    """The people who administer a workspace, and whose accounts are in use."""
    found = select(_person).where(
        _person.c.workspace_id == workspace.id, _person.c.is_admin, _person.c.is_active
    )
    return rows.all(Person, found.order_by(_person.c.id))


def find_person(rows: Rows, workspace: Workspace, user: str) -> Person | None:
    """The person that the workspace's platform calls `user`, if Muster has met them."""
    by_user = {"workspace": workspace.id, "user": user}
    return rows.first(Person, _find_person, by_user, keep=True)


def named(rows: Rows, workspace: Workspace, name: str) -> list[Person]:
    """The people called `name`, by display name or user id, in any case."""
    wanted = name.strip().lower()
    return rows.all(
        Person,
        select(_person)
        .where(
            _person.c.workspace_id == workspace.id,
            (func.lower(_person.c.name) == wanted) | (func.lower(_person.c.user) == wanted),
        )
        .limit(3),
    )


def workspace_reader(workspace: Workspace, defaults: Reader) -> Reader:
    """How a workspace is spoken to: as its settings say, else by default."""
    if workspace.settings in {"", "{}"}:
        return defaults
    settings = json.loads(workspace.settings)
    return Reader(settings.get("language", defaults.lang), settings.get("timezone", defaults.zone))


def reader_for(person: Person | None, defaults: Reader) -> Reader:
    """How a person is spoken to: as they chose, else as their platform is set, else by default."""
    if person is None:
        return defaults
    lang = person.lang or person.native_lang
    return Reader(
        "zh" if lang == "zh" else "en" if lang == "en" else defaults.lang,
        person.zone or person.native_zone or defaults.zone,
    )

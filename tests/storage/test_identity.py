"""Who is who: found by what a platform calls them, made when first seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, func, select

from bot.core.platform import Sender
from bot.core.text import Reader
from storage import identity
from storage.rows import Rows, table_of
from storage.tables import Person, Workspace

if TYPE_CHECKING:
    from tests.storage.conftest import Begin, Meanwhile

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 9, tzinfo=UTC)
DEFAULTS = Reader("both", "Asia/Shanghai")


@pytest.fixture
def rows(conn: Connection) -> Rows:
    return Rows(conn)


@pytest.fixture
def home(rows: Rows) -> Workspace:
    return identity.workspace_of(rows, "playground", "w", NOW)


def meet(rows: Rows, home: Workspace, user: str, **more: Any) -> Person:
    return identity.person_of(rows, home, Sender(user, **more), LATER)


def test_a_workspace_is_made_when_first_seen(rows: Rows, home: Workspace) -> None:
    again = identity.workspace_of(rows, "playground", "w", LATER)

    assert again == home
    assert (home.settings, home.rooms_made, home.created_at) == ("{}", 0, NOW)
    assert identity.workspace_of(rows, "slack", "w", NOW).id != home.id
    assert identity.workspace_of(rows, "playground", "w2", NOW).id != home.id


def test_a_person_is_made_when_first_seen(rows: Rows, home: Workspace) -> None:
    alice = meet(rows, home, "U1", name="Alice", lang="zh", zone="Asia/Shanghai")

    assert meet(rows, home, "U1") == alice
    assert identity.find_person(rows, home, "U1") == alice
    assert (alice.name, alice.native_lang, alice.native_zone) == ("Alice", "zh", "Asia/Shanghai")
    assert (alice.lang, alice.zone, alice.is_active, alice.created_at) == (None, None, True, LATER)


def test_nobody_is_found_who_was_never_seen(rows: Rows, home: Workspace) -> None:
    assert identity.find_person(rows, home, "U1") is None


def test_people_of_different_workspaces_are_different(rows: Rows, home: Workspace) -> None:
    other = identity.workspace_of(rows, "playground", "w2", NOW)

    assert meet(rows, home, "U1").id != meet(rows, other, "U1").id


def test_somebody_without_a_name_is_called_by_their_id(rows: Rows, home: Workspace) -> None:
    assert meet(rows, home, "U1").name == "U1"


def test_the_first_person_administers_the_workspace(rows: Rows, home: Workspace) -> None:
    assert meet(rows, home, "U1").is_admin is True
    assert meet(rows, home, "U2").is_admin is False
    assert meet(rows, home, "U3", is_admin=True).is_admin is True
    other = identity.workspace_of(rows, "playground", "w2", NOW)
    assert meet(rows, other, "U9").is_admin is True


def test_where_somebody_administers_already_the_next_does_not(rows: Rows, home: Workspace) -> None:
    assert meet(rows, home, "U1", is_admin=True).is_admin is True
    assert meet(rows, home, "U2").is_admin is False


def test_news_of_a_person_is_kept_and_silence_is_no_news(rows: Rows, home: Workspace) -> None:
    meet(rows, home, "U0")
    meet(rows, home, "U1", name="Alice", lang="zh", zone="Asia/Shanghai")

    changed = meet(rows, home, "U1", name="Alice L.", lang="en", zone="Europe/Berlin")
    assert (changed.name, changed.native_lang) == ("Alice L.", "en")
    assert meet(rows, home, "U1") == changed
    assert identity.find_person(rows, home, "U1") == changed
    assert meet(rows, home, "U1", is_admin=True).is_admin is True
    assert meet(rows, home, "U1", is_admin=False).is_admin is True


def test_what_is_no_news_is_not_written(rows: Rows, home: Workspace) -> None:
    meet(rows, home, "U1", name="Alice")
    row = table_of(Person)
    rows.execute(row.update().values(name="changed by hand"))

    assert meet(rows, home, "U1").name == "changed by hand"


@pytest.mark.parametrize("name", ["Émile", "émile", "ÉMILE", " émile ", "U1", "u1"])
def test_people_are_found_by_name_in_any_case(rows: Rows, home: Workspace, name: str) -> None:
    emile = meet(rows, home, "U1", name="Émile")
    meet(rows, home, "U2", name="Emil")

    assert identity.named(rows, home, name) == [emile]


def test_people_of_other_workspaces_are_not_found_by_name(rows: Rows, home: Workspace) -> None:
    meet(rows, identity.workspace_of(rows, "playground", "w2", NOW), "U1", name="Alice")

    assert identity.named(rows, home, "Alice") == []


def test_all_who_share_a_name_are_found(rows: Rows, home: Workspace) -> None:
    for user in ("U1", "U2"):
        meet(rows, home, user, name="王芳")

    assert {person.user for person in identity.named(rows, home, "王芳")} == {"U1", "U2"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", DEFAULTS),
        ("{}", DEFAULTS),
        ('{"language": "zh"}', Reader("zh", "Asia/Shanghai")),
        ('{"timezone": "UTC"}', Reader("both", "UTC")),
        ('{"language": "en", "timezone": "UTC"}', Reader("en", "UTC")),
    ],
)
def test_a_workspace_is_spoken_to_as_its_settings_say(settings: str, expected: Reader) -> None:
    home = Workspace(platform="p", native="w", settings=settings, created_at=NOW)

    assert identity.workspace_reader(home, DEFAULTS) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, DEFAULTS),
        ({"native_lang": "zh", "native_zone": "UTC"}, Reader("zh", "UTC")),
        ({"native_lang": "zh", "lang": "en"}, Reader("en", "Asia/Shanghai")),
        ({"native_zone": "UTC", "zone": "Europe/Berlin"}, Reader("both", "Europe/Berlin")),
        ({"native_lang": "fr"}, DEFAULTS),
    ],
)
def test_a_person_is_spoken_to_as_they_chose_or_as_their_platform_is_set(
    values: dict[str, str], expected: Reader
) -> None:
    person = Person(workspace_id=1, user="U1", name="", created_at=NOW, **values)  # type: ignore[arg-type]  # a table of cases

    assert identity.reader_for(person, DEFAULTS) == expected


def test_nobody_is_spoken_to_by_default() -> None:
    assert identity.reader_for(None, DEFAULTS) == DEFAULTS


# ── side by side, as replicas ────────────────────────────────────────────────────────────────────


def test_two_that_see_a_workspace_first_make_one(begin: Begin, meanwhile: Meanwhile) -> None:
    first, second = begin(), begin()
    made = [identity.workspace_of(Rows(first), "p", "w", NOW)]
    with meanwhile(lambda: made.append(identity.workspace_of(Rows(second), "p", "w", NOW))):
        first.commit()

    assert made[0].id == made[1].id


def test_two_that_see_a_person_first_make_one(begin: Begin, meanwhile: Meanwhile) -> None:
    setting, first, second = begin(), begin(), begin()
    home = identity.workspace_of(Rows(setting), "p", "w", NOW)
    setting.commit()
    made = [meet(Rows(first), home, "U1")]
    with meanwhile(lambda: made.append(meet(Rows(second), home, "U1"))):
        first.commit()

    assert made[0] == made[1]
    people = select(func.count()).select_from(table_of(Person))
    assert second.execute(people).scalar_one() == 1


def test_of_two_that_come_first_one_administers(begin: Begin, meanwhile: Meanwhile) -> None:
    setting, first, second = begin(), begin(), begin()
    home = identity.workspace_of(Rows(setting), "p", "w", NOW)
    setting.commit()
    made = [meet(Rows(first), home, "U1")]
    with meanwhile(lambda: made.append(meet(Rows(second), home, "U2"))):
        first.commit()

    assert [person.is_admin for person in made] == [True, False]

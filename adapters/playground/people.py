"""Who lives in the town."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.playground.parse import readable
from adapters.playground.places import MUSTER, Change, Person
from adapters.playground.store import Store
from bot.core.errors import Permanent
from bot.core.text import Language

#: Names by which people call Muster, in either language.
MUSTER_NAMES = ("muster", "集结")
_LONGEST_NAME = 60
_HAN = re.compile(r"[\u3400-\u9fff]")


class People:
    """The people, the first of whom is an administrator."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def everybody(self) -> list[Person]:
        """In the order in which they came."""
        return [_person(row) for row in self._store.rows("SELECT * FROM people ORDER BY rowid")]

    def names(self) -> dict[str, str]:
        """What everybody is called, by their id."""
        return {person.id: person.name for person in self.everybody()}

    def get(self, user: str) -> Person:
        """Permanent("user_not_found") if there is none."""
        found = self.find(user)
        if found is None:
            raise Permanent("user_not_found")
        return found

    def find(self, user: str) -> Person | None:
        row = self._store.row("SELECT * FROM people WHERE id = ?", readable(user))
        return _person(row) if row else None

    def called(self, name: str) -> Person | None:
        """The person with this display name."""
        row = self._store.row("SELECT * FROM people WHERE name = ?", readable(name).strip())
        return _person(row) if row else None

    def add(self, name: str, *, lang: Language | None = None, zone: str | None = None) -> Person:
        """Somebody new, in every channel that is open to newcomers; or who is called so already.

        Without a language, a Chinese name speaks Chinese. The id is made of the name: "Alice" is
        `alice`, 「张三」 `zhangsan`. Permanent("invalid_name") for no name, Muster's own, or one
        that could not be mentioned; Permanent("invalid_zone").
        """
        name = " ".join(readable(name).split())
        if known := self.called(name):
            return known
        if not _is_name(name):
            raise Permanent("invalid_name")
        lang = lang or ("zh" if _HAN.search(name) else "en")
        zone = zone or ("Asia/Shanghai" if lang == "zh" else "UTC")
        _check_zone(zone)
        with self._store.changing():
            taken = {person.id for person in self.everybody()}
            user = _unused(_slug(name), taken)
            self._store.execute(
                "INSERT INTO people VALUES (?, ?, ?, ?, ?)", user, name, lang, zone, not taken
            )
            self._settle(user)
            self._store.announce(Change("people"))
        return Person(user, name, lang, zone, not taken)

    def _settle(self, user: str) -> None:
        """A direct conversation of their own, and a place in the oldest public channel.

        What was said there before is history, and not unread.
        """
        self._store.execute(
            "INSERT INTO channels (id, title, private, direct_with) VALUES (?, 'Muster', 1, ?)",
            f"D-{user}",
            user,
        )
        self._store.execute("INSERT INTO members VALUES (?, ?)", f"D-{user}", user)
        self._store.execute(
            "INSERT INTO members SELECT id, ? FROM channels"
            " WHERE NOT private AND NOT archived ORDER BY rowid LIMIT 1",
            user,
        )
        self._store.execute(
            "INSERT INTO reads SELECT channel, person, (SELECT coalesce(max(id), 0) FROM messages)"
            " FROM members WHERE person = ?",
            user,
        )
        self._store.announce(Change("channels"))

    def change(
        self,
        user: str,
        *,
        lang: Language | None = None,
        zone: str | None = None,
        is_admin: bool | None = None,
    ) -> Person:
        """Another language, zone or standing. Permanent("user_not_found", "invalid_zone")."""
        was = self.get(user)
        if zone is not None:
            _check_zone(zone)
        now = Person(
            was.id,
            was.name,
            lang or was.lang,
            zone or was.zone,
            was.is_admin if is_admin is None else is_admin,
        )
        with self._store.changing():
            self._store.execute(
                "UPDATE people SET lang = ?, zone = ?, is_admin = ? WHERE id = ?",
                now.lang,
                now.zone,
                now.is_admin,
                now.id,
            )
            self._store.announce(Change("people"))
        return now


def _person(row: sqlite3.Row) -> Person:
    lang: Literal["en", "zh"] = "zh" if row["lang"] == "zh" else "en"
    return Person(row["id"], row["name"], lang, row["zone"], bool(row["is_admin"]))


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.casefold() not in MUSTER_NAMES
        and not re.search(r"[@\uff20<>|]", name)
        and name.isprintable()
    )


def _slug(name: str) -> str:
    spelled = _pinyin(name) if _HAN.search(name) else name
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "person"


def _pinyin(name: str) -> str:
    # Loaded only for a Chinese name, and without its dictionary of phrases, which takes 20 MB and
    # which an id does not need.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return "".join(lazy_pinyin(name))


def _unused(slug: str, taken: set[str]) -> str:
    candidate, count = slug, 1
    while candidate in taken or candidate == MUSTER:
        count += 1
        candidate = f"{slug}-{count}"
    return candidate


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Permanent("invalid_zone") from error

"""What goes wrong at the command line, in a sentence for the person who runs Muster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from bot.core.errors import MusterError, Permanent, Refused, Unavailable
from bot.core.i18n import plain
from bot.core.text import Code, Msg, Reader, Seq, t
from bot.settings import Settings, UnusableFile, no_json
from storage.copied import BackupError


class Problem(MusterError):  # noqa: N818  it says what is in the way; nothing is broken
    """Muster cannot do that as things are; nothing is broken."""

    def __init__(self, message: Msg) -> None:
        super().__init__(plain(message, Reader()))
        self.message = message


@contextmanager
def settings_at_fault() -> Iterator[None]:
    """Where a ValueError means that the settings contradict each other, and says so itself."""
    try:
        yield
    except ValueError as error:
        explained = explain(error)
        raise Problem(explained or t("{why}", why=str(error))) from error


def explain(error: BaseException) -> Msg | None:  # noqa: PLR0911  one a case
    """What `error` means for the person who runs Muster; None if it is a fault of Muster's own."""
    match error:
        case Problem() | Refused() | BackupError():
            return error.message
        case ValidationError():
            return _bad_settings(error)
        case SettingsError():
            return t("The settings cannot be used. {settings}.", settings=_unread(error))
        case ArgumentError() | NoSuchModuleError():
            return t(
                "MUSTER_DATABASE_URL is no address of a database. It looks like {sqlite} or {pg}.",
                sqlite=Code("sqlite:////home/me/muster.db"),
                pg=Code("postgresql://user:password@host/database"),
            )
        case DBAPIError() if _has_answered(error):
            return t("The database refuses that: {why}", why=_first_line(error))
        case Unavailable() | DBAPIError():
            return t("The database does not answer: {why}", why=_first_line(error))
        case Permanent(message=Msg() as message):
            return message
        case MusterError():
            return t("{why}", why=str(error))
        case OSError(filename=str(name), strerror=str(why)):
            return t("{file}: {why}", file=name, why=why)
        case _:
            return None


def _bad_settings(error: ValidationError) -> Msg:
    """Each setting at fault, by its name, never with its value: it may be a secret."""
    lines = tuple(
        t(
            "{setting}: {why}",
            setting=Code(_variable(each["loc"])),
            why=each["msg"].removeprefix("Value error, "),
        )
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return t("The settings cannot be used. {settings}.", settings=Seq(lines))


def _unread(error: SettingsError) -> Msg:
    """The setting that could not be read, from which file, and why; never with its value."""
    found = _FIELD.search(str(error))
    cause = error.__cause__
    if found is None or not isinstance(cause, ValueError):
        return t("{why}", why=_first_line(error))
    why = str(cause) if isinstance(cause, UnusableFile) else no_json(cause)
    return t("{setting}: {why}", setting=Code(_variable((found[1],))), why=why)


#: How pydantic-settings names what it could not read.
_FIELD = re.compile(r'for field "(\w+)"')


def _variable(place: tuple[int | str, ...]) -> str:
    """The environment variable that a setting was read from, and what of it."""
    name, *within = map(str, place)
    return ".".join([Settings.variables().get(name.lower(), name), *within])


def _has_answered(error: DBAPIError) -> bool:
    """Whether PostgreSQL itself said no, and is not just going away or full."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is not None and state[:2] not in {"08", "53", "57"}


def _first_line(error: BaseException) -> str:
    """The driver's own words; SQLAlchemy adds the statement and an address of its manual."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).strip().partition("\n")[0]

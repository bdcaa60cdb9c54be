"""What every copy of a database needs: a file that is whole or not there, and words for trouble."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.core.errors import MusterError
from bot.core.i18n import plain
from bot.core.text import Msg, Reader, Strong, t
from storage.migrate import REVISIONS


class BackupError(MusterError):
    """A copy cannot be made or put back, and nothing was changed."""

    def __init__(self, message: Msg) -> None:
        super().__init__(plain(message, Reader()))
        self.message = message


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write, for nobody else to read, which takes the place of `path` when all is well.

    It is on the disk before it does.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with suppress(PermissionError):  # Windows does not open folders
        _sync(path.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def none(path: Path) -> BackupError:
    """That is no copy of a database of Muster's."""
    return BackupError(
        t("{path} is no copy of a database of Muster's, or it is damaged.", path=Strong(str(path)))
    )


def in_use() -> BackupError:
    """Somebody works with the database."""
    return BackupError(t("The database is in use. Stop every Muster that uses it, then try again."))


def check_version(path: Path, version: str | None) -> None:
    """BackupError: a copy of that version of the schema is none that this Muster can use."""
    if version is None:
        raise none(path)
    if version not in REVISIONS:
        raise BackupError(
            t(
                "{path} is of version {found}, and this Muster knows only {known}. "
                "Put it back with the Muster that made it, or a newer one.",
                path=Strong(str(path)),
                found=version,
                known=REVISIONS[-1],
            )
        )

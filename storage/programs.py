"""PostgreSQL's own programs: pg_dump, pg_restore and psql, run here or written down for elsewhere.

The password goes to them through the environment, where no list of processes shows it, and is in
no command that anybody is shown.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import URL

from bot.core.text import Code, t
from storage.copied import BackupError

#: How the programs say that they are older than the server, or than who made the file.
_TOO_OLD = re.compile(r"server version mismatch|unsupported version")
#: What of their complaints says why; the rest says where.
_TELLING = re.compile(r"\b(error|detail|hint):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A program with its arguments; with `url` it connects to that database."""

    program: str
    args: Sequence[str]
    url: URL | None = None

    @property
    def words(self) -> list[str]:
        """What is run, but for the password."""
        if self.url is None:
            return [self.program, *self.args]
        return [self.program, f"--dbname={_address(self.url)}", *self.args]


def need(programs: Sequence[str], instead: Sequence[Call]) -> None:
    """BackupError: one of the programs is not installed; with what to run `instead`, elsewhere."""
    for program in programs:
        if shutil.which(program) is None:
            raise BackupError(
                t(
                    "{program} is not installed here: it comes with PostgreSQL's client. Install "
                    "that, or run this where it is, with the password in {variable} or in "
                    "{file}: {command}",
                    program=Code(program),
                    variable=Code("PGPASSWORD"),
                    file=Code("~/.pgpass"),
                    command=Code(" && ".join(shlex.join(each.words) for each in instead)),
                )
            )


def run(call: Call) -> str:
    """What a program says. BackupError: it failed, and why."""
    program, *args = call.words
    try:
        done = subprocess.run(  # noqa: S603  a program of PostgreSQL's, no shell
            [shutil.which(program) or program, *args],
            env={**os.environ, **_password(call.url), "LC_MESSAGES": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        why = _why(error.stderr)
        if _TOO_OLD.search(why):
            raise BackupError(
                t(
                    "{program} here is too old. Install PostgreSQL's client of the server's "
                    "version. ({why})",
                    program=Code(program),
                    why=why,
                )
            ) from None
        raise BackupError(t("{program} failed: {why}", program=Code(program), why=why)) from error
    return done.stdout


def _address(url: URL) -> str:
    query = url.difference_update_query(["password"]).query
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return plain.render_as_string(hide_password=False)


def _password(url: URL | None) -> dict[str, str]:
    found = None if url is None else url.password or url.query.get("password")
    return {"PGPASSWORD": str(found)} if found else {}


def _why(said: str) -> str:
    """Of all that a program has written, what went wrong first, and what it adds to that."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((n for n, line in enumerate(lines) if _TELLING.search(line)), 0)
    more = [line for line in lines[first + 1 : first + 3] if re.search(r"(?i)\bdetail:", line)]
    return " ".join([*lines[first : first + 1], *more]) or "?"

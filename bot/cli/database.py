"""`muster db`: bring it up to date, check it, copy it, put a copy back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import say, settings

if TYPE_CHECKING:
    from bot.core.text import Msg
    from storage.db import Database

database = typer.Typer(help="Look after the database.", no_args_is_help=True)


@database.command("upgrade")
def upgrade_database() -> None:
    """Bring the database up to date. `muster run` does that, too, when it starts."""
    from bot.bootstrap import registry
    from bot.core.text import Strong, t
    from bot.store import opened
    from storage import migrate

    given = settings()
    registry()  # whose tables are noted
    with opened(given, new=True) as db:
        migrate.upgrade(db)
        newer = _newer(db)
    version = t("The database is up to date: version {version}", version=Strong(migrate.HEAD))
    say(newer or version, given)


@database.command("check")
def check_database() -> None:
    """Say whether the database is as this Muster needs it; if not, the exit status is 1."""
    from bot.bootstrap import registry
    from bot.core.text import t
    from bot.store import opened
    from storage import migrate

    given = settings()
    registry()  # whose tables are compared
    with opened(given) as db:
        differences = migrate.check(db)
        newer = _newer(db)
    for difference in differences:
        print(difference)
    if differences:
        raise typer.Exit(1)
    say(newer or t("The database is as it should be"), given)


def _newer(db: Database) -> Msg | None:
    """What to say of a database that is of a newer version, and can be used nevertheless."""
    from bot.core.text import Strong, t
    from storage import migrate

    with db.engine.connect() as conn:
        found = migrate.newer(conn)
    if found is None:
        return None
    return t(
        "The database is of version {found}, which is newer than this Muster ({known}) and works "
        "with it as it is.",
        found=Strong(found),
        known=Strong(migrate.HEAD),
    )


@database.command("backup")
def back_up_database(
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
) -> None:
    """Copy the database to a file, also while Muster runs. For PostgreSQL it needs pg_dump."""
    from bot import copies

    given = settings()
    say(copies.make(given, path, force=force), given)


@database.command("restore")
def restore_database(
    path: Annotated[Path, typer.Argument(help="A file that `muster db backup` has written.")],
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Also over a database that is not empty; a copy of it is kept."
        ),
    ] = False,
) -> None:
    """Put a copy back. Every Muster that uses the database has to be stopped before."""
    from bot import copies

    given = settings()
    for sentence in copies.put_back(given, path, force=force):
        say(sentence, given)


@database.command("reseal")
def reseal_database() -> None:
    """Seal the stored tokens anew under the first of MUSTER_SECRET_KEY; the others can then go."""
    import asyncio

    from bot.core.clock import SystemClock
    from bot.core.text import tn
    from bot.problems import settings_at_fault
    from bot.store import opened
    from storage.vault import Vault

    given = settings()
    with opened(given) as db:
        with settings_at_fault():
            vault = Vault(db, given.secrets, SystemClock())
        count = asyncio.run(vault.reseal())
    say(tn("{n} token is sealed anew", "{n} tokens are sealed anew", count), given)

"""Proof that the simulation sees: break a guard in a copy, and count seeds until that shows.

    python -m tests.simulation.mutants [--seeds 100] [NAME …]

Exit status 1 if one of them shows in no seed. The table in docs/simulation.md is made of this.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PARTS = ("bot", "adapters", "storage", "tests")
_LIVE = """
import sys
from tests.simulation.life import STEPS
from tests.simulation.run import _lived
for seed in range(1, int(sys.argv[1]) + 1):
    ended = _lived((seed, STEPS))
    if ended.broken:
        print(f"seed {seed}: {ended.broken[0][:110]}")
        break
else:
    sys.exit(1)
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard, where it stands, and what stands there instead when it is broken."""

    what: str
    file: str
    before: str
    after: str


MUTANTS = {
    "dedupe": Mutant(
        "a delivery that comes again counts as another",
        "storage/inbox.py",
        '"delivery": delivery, "at": now}',
        '"delivery": f"{delivery} {now}", "at": now}',
    ),
    "probe": Mutant(
        "what may have happened is done again unprobed",
        "bot/delivery.py",
        "if claim.is_doubtful and isinstance",
        "if False and isinstance",
    ),
    "lane": Mutant(
        "effects of a lane need not wait for each other",
        "storage/outbox.py",
        ".where(_open, free, _is_head)",
        ".where(_open, free)",
    ),
    "lease": Mutant(
        "a claim that another worker holds can be claimed",
        "storage/outbox.py",
        'and_(_table.c.state == "claimed", _table.c.lease_until <= at)',
        'and_(_table.c.state == "claimed")',
    ),
    "early": Mutant(
        "timers fire ten minutes early",
        "storage/timers.py",
        '_table.c.due_at <= bindparam("now"), _is_on',
        '_table.c.due_at <= func.datetime(bindparam("now"), "+10 minutes"), _is_on',
    ),
    "receipt": Mutant(
        "an effect is done in one commit, what follows from it in the next",
        "bot/delivery.py",
        "        def close(conn: Connection) -> None:\n"
        "            if not outbox.finish(conn, claim.id, now=now):\n"
        "                return  # somebody else took it over meanwhile and has recorded it\n",
        "        await self._door.db.write(lambda conn: outbox.finish(conn, claim.id, now=now))\n\n"
        "        def close(conn: Connection) -> None:\n",
    ),
    "failure": Mutant(
        "what waits for an effect is not told that it failed",
        "bot/delivery.py",
        "            self._continue(conn, claim, effect, Failure(code), now)\n",
        "",
    ),
    "language": Mutant(
        "people are told in the language of who asked",
        "storage/tx.py",
        "        reader = identity.reader_for(self.person_by_id(person), self.defaults)\n"
        "        return DirectMessage",
        "        reader = self.reader\n        return DirectMessage",
    ),
    "private": Mutant(
        "private rooms can be asked about by anybody",
        "bot/features/rooms/queries.py",
        "return not is_closed or is_member(tx, room, who)",
        "return True",
    ),
    "lists": Mutant(
        "private rooms are in everybody's lists",
        "bot/features/rooms/queries.py",
        "return or_(is_open, rooms.c.id.in_(mine))",
        "return or_(is_open, rooms.c.id > 0)",
    ),
    "timeline": Mutant(
        "the second item of a room is on no timeline",
        "bot/features/items/actions.py",
        "    tx.record(event, text, room=room.id)\n    card",
        "    if item.number != 2:\n        tx.record(event, text, room=room.id)\n    card",
    ),
}


def found(mutant: Mutant, seeds: int) -> str | None:
    """The first seed that shows a mutant, and how; None if none of the first `seeds` does."""
    with tempfile.TemporaryDirectory(prefix="muster-mutant-") as folder:
        copy = Path(folder)
        skip = shutil.ignore_patterns("__pycache__")
        for part in _PARTS:
            shutil.copytree(_ROOT / part, copy / part, ignore=skip)
        file = copy / mutant.file
        text = file.read_text("utf-8")
        if mutant.before not in text:
            message = f"{mutant.file} has changed: {mutant.before!r} is not in it"
            raise LookupError(message)
        file.write_text(text.replace(mutant.before, mutant.after, 1), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", _LIVE, str(seeds)],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
    return done.stdout.strip() if done.returncode == 0 else None


def main(arguments: list[str]) -> int:
    """Break each, and print what showed; 1 if one did not."""
    parser = argparse.ArgumentParser(prog="tests.simulation.mutants", description=__doc__)
    parser.add_argument("name", nargs="*", help=", ".join(MUTANTS))
    parser.add_argument("--seeds", type=int, default=100)
    given = parser.parse_args(arguments)
    is_whole = True
    for name in given.name or MUTANTS:
        shown = found(MUTANTS[name], given.seeds)
        is_whole &= shown is not None
        answer = shown or f"in none of {given.seeds} seeds"
        print(f"| {name} | {MUTANTS[name].what} | {answer} |", flush=True)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

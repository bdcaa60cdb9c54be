"""10,000 workspaces, simulated: how many processes they need, and what gives way first.

Two steps. A day of arrivals, minute by minute, from how many people work in which zone, when, and
how they use Muster (`Habits`). Then the busiest five minutes event by event: commands queue for a
process and then for the database, and the prompts of a stand-up go out beside them, so many hands
a process, each hand waiting for the platform in between (`Costs`, measured by other
benchmarks). Nothing here is measured: the same seed gives the same table, on any machine.
`python -m benchmarks growth` prints it, `python -m benchmarks.growth --save` also puts it into
docs/scaling.md.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.slack.pace import MESSAGES
from benchmarks.queueing import PLANNED, Load, simulate
from benchmarks.table import Row, table
from bot.worker import HANDS, TIMERS_APART

SIZES = (100, 1_000, 10_000)
#: Processes, and how many of them are for commands alone; 0: each does everything.
PROCESSES = ((1, 0), (4, 0), (2, 1), (4, 1), (8, 2))
SEED = 8
#: How many times as many commands people may come to send.
MUCH = 5
#: Seconds of the second step, and how many of them pass before the prompts begin.
WINDOW = 300
BEFORE = 60
TARGET = 0.1
DOCUMENT = Path(__file__).parent.parent / "docs" / "scaling.md"
MARKS = ("<!-- growth -->", "<!-- /growth -->")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Habits:
    """How Muster is used: assumptions, not measurements."""

    #: People of a workspace: lognormal.
    median: float = 40.0
    spread: float = 1.2
    largest: int = 10_000
    #: Zones: minutes east of UTC, and the share of the workspaces.
    zones: tuple[tuple[int, float], ...] = (
        (8 * 60, 0.45),
        (5 * 60 + 30, 0.10),
        (60, 0.20),
        (-5 * 60, 0.15),
        (-8 * 60, 0.10),
    )
    #: Of the people, those who do something in Muster on a workday; and how many commands,
    #: presses and forms each of them.
    active: float = 0.4
    commands: float = 4.0
    #: The share of a day's commands in each hour, local; it is scaled to 1.
    hours: tuple[float, ...] = (
        *(1, 1, 1, 1, 1, 1, 2, 5, 25, 90, 100, 85),
        *(45, 60, 90, 95, 85, 70, 45, 30, 25, 20, 10, 4),
    )
    #: Of the people, those with a daily stand-up; when it opens, in local minutes, by share.
    standup: float = 0.3
    opens: tuple[tuple[int, float], ...] = ((9 * 60, 0.1), (9 * 60 + 30, 0.6), (10 * 60, 0.3))
    #: Minutes until somebody answers the prompt, on average.
    answers: float = 20.0
    #: Messages, cards and redrawings that a command causes.
    effects: float = 1.3


@dataclass(frozen=True, slots=True)
class Costs:
    """What things take, in seconds of one core, and who measures that."""

    #: `python -m benchmarks costs`, PostgreSQL: between a note and a list, in Muster.
    command: float = 0.0050
    #: The same rows: in PostgreSQL.
    command_in_database: float = 0.0020
    #: An effect claimed, delivered, recorded.
    effect: float = 0.0080
    effect_in_database: float = 0.0030
    #: A prompt planned.
    prompt: float = 0.0050
    prompt_in_database: float = 0.0020
    #: An assumption: what Slack takes for a call.
    platform: float = 0.1
    #: What a process has in hand at once.
    hands: int = HANDS
    timers: int = TIMERS_APART
    #: An assumption: cores of the database's machine.
    cores: int = 4
    #: `python -m benchmarks memory`: what a command leaves in the database for good.
    kept: float = 1_100.0


@dataclass(frozen=True, slots=True)
class Day:
    """What arrives in each minute of a day (UTC) in which everybody works."""

    people: int
    biggest: int
    commands: list[float] = field(default_factory=list)
    #: Prompts of stand-ups, all at the beginning of their minute.
    prompts: list[float] = field(default_factory=list)

    def busiest(self, costs: Costs) -> int:
        """The minute from which five minutes hold the most work."""
        work = [
            self.commands[minute] * costs.command + self.prompts[minute] * costs.effect
            for minute in range(_DAY)
        ]
        return max(
            range(_DAY), key=lambda at: sum(work[(at + n) % _DAY] for n in range(WINDOW // 60))
        )


def run() -> list[Row]:
    """Every size with as few processes as will do; the largest also where it is used more."""
    rows: list[Row] = []
    for size in SIZES:
        rows += rows_of(f"{size:,} workspaces", size, Habits())
    much = replace(Habits(), commands=MUCH * Habits().commands)
    return [*rows, *rows_of(f"{SIZES[-1]:,} workspaces, {MUCH} × the commands", SIZES[-1], much)]


def rows_of(what: str, size: int, habits: Habits) -> list[Row]:
    """A day of so many workspaces, and then with 1, 2, 4 … processes until that is enough."""
    costs = Costs()
    day = arrivals(size, habits)
    rows = _of_day(what, day, habits, costs)
    for processes, web in PROCESSES:
        load = load_at(day, processes, habits, costs)
        row, is_enough = _of_queue(what, replace(load, web=web))
        rows.append(row)
        if is_enough:
            break
    return rows


def arrivals(workspaces: int, habits: Habits) -> Day:
    """A day's expected arrivals for so many workspaces, their sizes drawn from the seed."""
    chance = random.Random(SEED)
    drawn = (
        chance.lognormvariate(math.log(habits.median), habits.spread) for _ in range(workspaces)
    )
    sizes = [min(habits.largest, max(2, round(size))) for size in drawn]
    offsets, shares = zip(*habits.zones, strict=True)
    of_zone = dict.fromkeys(offsets, 0)
    for size, zone in zip(sizes, chance.choices(offsets, shares, k=workspaces), strict=True):
        of_zone[zone] += size
    day = Day(sum(sizes), max(sizes), [0.0] * _DAY, [0.0] * _DAY)
    for zone, people in of_zone.items():
        _typed(day, zone, people, habits)
        _prompted(day, zone, people, habits)
    return day


def _typed(day: Day, zone: int, people: int, habits: Habits) -> None:
    whole = sum(habits.hours) * 60
    for minute in range(_DAY):
        share = habits.hours[minute // 60] / whole
        day.commands[(minute - zone) % _DAY] += people * habits.active * habits.commands * share


def _prompted(day: Day, zone: int, people: int, habits: Habits) -> None:
    """Prompts at their minute, and answers, which are commands, exponentially after it."""
    for opens, share in habits.opens:
        asked = people * habits.standup * share
        at = (opens - zone) % _DAY
        day.prompts[at] += asked
        for minute in range(6 * 60):
            now = math.exp(-minute / habits.answers) - math.exp(-(minute + 1) / habits.answers)
            day.commands[(at + minute) % _DAY] += asked * now


def load_at(day: Day, processes: int, habits: Habits, costs: Costs) -> Load:
    """The busiest five minutes of a day, as the queue takes them."""
    minute = day.busiest(costs)
    seconds = [day.commands[(minute + n) % _DAY] / 60 for n in range(WINDOW // 60)]
    return Load(
        seed=SEED,
        rates=tuple(seconds),
        backlog=round(sum(day.prompts[(minute + n) % _DAY] for n in range(2))),
        backlog_at=BEFORE,
        effects=habits.effects,
        processes=processes,
        hands=costs.hands,
        cores=costs.cores,
        timers=costs.timers,
        plan=(costs.prompt * PLANNED, costs.prompt_in_database * PLANNED),
        command=(costs.command, costs.command_in_database),
        effect=(costs.effect, costs.effect_in_database),
        platform=costs.platform,
    )


def _of_day(what: str, day: Day, habits: Habits, costs: Costs) -> list[Row]:
    peak, prompts = max(day.commands) / 60, max(day.prompts)
    daily = sum(day.commands)
    year = daily * 250 * costs.kept / 1e9
    slow = day.biggest * habits.standup * max(share for _, share in habits.opens) / MESSAGES
    return [
        Row(what, f"{day.people:,} people, the largest {day.biggest:,}"),
        Row(
            f"{what}: commands",
            f"{daily:,.0f} a day, {peak:,.1f} /s in the busiest minute; {year:,.0f} GB a year",
        ),
        Row(
            f"{what}: prompts in one minute",
            f"{prompts:,.0f}; Slack takes {slow:.0f} min for those of the largest",
        ),
    ]


def _of_queue(what: str, load: Load) -> tuple[Row, bool]:
    """What became of a load; whether it was soon enough for commands, and for the prompts."""
    found = simulate(load)
    is_enough = found.p99 <= TARGET and not math.isinf(found.cleared)
    told = (
        f"ack p50 {_long(found.p50)}, p99 {_long(found.p99)}; prompts out in "
        f"{_long(found.cleared)}; busy: a process {found.busy:.0%}, "
        f"PostgreSQL ({load.cores} cores) {found.database:.0%}"
    )
    target = f"p99 ≤ {TARGET * 1000:.0f} ms, prompts out"
    return Row(f"{what}, {_named(load)}", told, target, is_enough), is_enough


def _named(load: Load) -> str:
    if load.web:
        return f"{load.web} web and {load.processes - load.web} worker"
    return "1 process" if load.processes == 1 else f"{load.processes} processes for all"


def _long(seconds: float) -> str:
    if math.isinf(seconds):
        return "more than the five minutes"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:,.0f} s"


def written(document: str) -> str:
    """`document` with the table of now between the marks."""
    before, _, rest = document.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{table(run(), 'simulated')}{MARKS[1]}{after}"


def main() -> None:
    """Print the table, and with --save keep it in docs/scaling.md."""
    print(table(run(), "simulated"))
    if "--save" in sys.argv[1:]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

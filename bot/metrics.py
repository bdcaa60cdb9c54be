"""What Muster counts about itself, for Prometheus at /metrics.

Counted where it happens; what an adapter counts, and what is in the outbox, is read when it is
asked for. No label has values without bound: platforms and outcomes, never a workspace or a room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.core.strain import Strain

#: The states of effects that are shown; those that are done are not kept for long.
STATES = ("waiting", "claimed", "failed")
#: What may become of a delivery, and never should.
_FAILURES = ("failed", "unavailable")
#: Seconds. Platforms give up on an answer after 3.
_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10)
_LATE = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400)
_LOCKS = (0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


@dataclass(frozen=True, slots=True)
class Line:
    """How an adapter is connected, and what that has cost: see `Strain`.

    `age` is how many seconds its youngest connection has stood; None while there is none here.
    `is_held`: it is to be reached through a connection, of this process or of another replica.
    """

    strain: Strain
    age: float | None = None
    is_held: bool = False


class Metrics:
    """The counters of one process. As a `storage.watch.Watch`, it is told by the database."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count_what_comes_in()
        self._count_what_goes_out()
        self._count_the_database()

    def _count_what_comes_in(self) -> None:
        self.deliveries = self._counter(
            "muster_deliveries_total",
            "Deliveries taken in, by what became of them",
            "platform",
            "outcome",
        )
        self.redeliveries = self._counter(
            "muster_redeliveries_total",
            "Deliveries that had come before, and changed nothing",
            "platform",
        )
        self.handling = Histogram(
            "muster_handling_seconds",
            "From a delivery to its answer, the commit included",
            ("platform",),
            buckets=_ANSWERS,
            registry=self.registry,
        )
        self.noted = Gauge(
            "muster_inbox_waiting",
            "Deliveries that are acknowledged, and have yet to be carried out",
            registry=self.registry,
        )

    def _count_what_goes_out(self) -> None:
        self.effects = self._counter(
            "muster_effects_total", "Effects, by what became of the try", "outcome"
        )
        self.delivering = Histogram(
            "muster_delivering_seconds", "One try at an effect", registry=self.registry
        )
        self.probes = self._counter(
            "muster_probes_total",
            "Effects that may have happened already, by what the platform said",
            "platform",
            "found",
        )
        self.dead_letters = self._counter(
            "muster_dead_letters_total", "Effects that were given up for good", "platform"
        )
        self.outbox = Gauge(
            "muster_outbox_rows",
            "Effects in the outbox, counted up to 100,000",
            ("state",),
            registry=self.registry,
        )
        self.oldest = Gauge(
            "muster_outbox_oldest_seconds",
            "Age of the effect that has been on its way for the longest; 0 when none is",
            registry=self.registry,
        )
        self.timers = self._counter("muster_timers_total", "Timers fired")
        self.overdue = Gauge(
            "muster_timers_overdue_seconds",
            "For how long the timer that has been due the longest has been; 0 when none is",
            registry=self.registry,
        )
        self.late_firings = Histogram(
            "muster_timers_late_seconds",
            "From when a timer was due to when what it is for was committed",
            buckets=_LATE,
            registry=self.registry,
        )
        self.late = Gauge(
            "muster_escalations_late",
            "Escalations whose next step should have been taken minutes ago; looked at each minute",
            registry=self.registry,
        )

    def _count_the_database(self) -> None:
        self.database = Gauge(
            "muster_database_up",
            "Whether the database answered when this was asked for",
            registry=self.registry,
        )
        self.queueing = Histogram(
            "muster_database_queue_seconds",
            "From handing a job to the database to its beginning",
            buckets=_LOCKS,
            registry=self.registry,
        )
        self.locking = Histogram(
            "muster_database_lock_seconds",
            "Waiting for the write lock of an SQLite database",
            buckets=_LOCKS,
            registry=self.registry,
        )
        self.committing = Histogram(
            "muster_database_commit_seconds",
            "A commit, until it is durable",
            buckets=_LOCKS,
            registry=self.registry,
        )
        self.retries = self._counter(
            "muster_database_retries_total", "Transactions run again, for another was in their way"
        )

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)

    def expect(self, platforms: Iterable[str]) -> None:
        """Show what must not happen there as 0: what first appears as 500 has not increased."""
        for platform in platforms:
            for outcome in _FAILURES:
                self.deliveries.labels(platform, outcome)

    def show_queues(
        self, noted: int, counts: Mapping[str, int], oldest: float, overdue: float
    ) -> None:
        """The database answered: what its inbox and outbox hold, and what is due.

        So many deliveries are noted, so many effects are there, the oldest so many seconds old, and
        a timer has been due for so many.
        """
        self.database.set(1)
        self.noted.set(noted)
        self.oldest.set(oldest)
        self.overdue.set(overdue)
        for state in STATES:
            self.outbox.labels(state).set(counts.get(state, 0))

    def show_lines(self, read: Callable[[], Mapping[str, Line]]) -> None:
        """From now on show what `read` tells of each platform."""
        self.registry.register(_Lines(read))

    # As a `Watch`.

    def queued(self, seconds: float) -> None:
        self.queueing.observe(seconds)

    def locked(self, seconds: float) -> None:
        self.locking.observe(seconds)

    def committed(self, seconds: float) -> None:
        self.committing.observe(seconds)

    def retried(self) -> None:
        self.retries.inc()


class _Lines(Collector):
    """What the adapters have counted, as it is when it is asked for."""

    def __init__(self, read: Callable[[], Mapping[str, Line]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        lines = self._read()
        yield _total(
            "muster_limiter_waits",
            "Calls that waited for their turn under a platform's limits",
            {name: line.strain.waits for name, line in lines.items()},
        )
        yield _total(
            "muster_limiter_wait_seconds",
            "Seconds that calls waited for their turn, together",
            {name: line.strain.waited for name, line in lines.items()},
        )
        yield _total(
            "muster_limited",
            "Times that a platform said that it was called too often",
            {name: line.strain.limited for name, line in lines.items()},
        )
        yield _total(
            "muster_turned_away",
            "Deliveries that were given back before anybody could say whose they are",
            {name: line.strain.turned_away for name, line in lines.items()},
        )
        # Also 0 where there never was one: whose token is refused is not connected either.
        held = {name: line for name, line in lines.items() if line.is_held}
        yield _total(
            "muster_connections",
            "Connections made to a platform: the first, and each after one was lost",
            {name: line.strain.connections for name, line in held.items()},
        )
        connected = GaugeMetricFamily(
            "muster_connected", "Whether this process holds a connection", labels=["platform"]
        )
        for name, line in held.items():
            connected.add_metric([name], float(line.age is not None))
        yield connected


def _total(name: str, help_: str, values: Mapping[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, help_, labels=["platform"])
    for platform, value in values.items():
        family.add_metric([platform], value)
    return family

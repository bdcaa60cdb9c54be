"""What Muster counts about itself, for Prometheus at /metrics."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: The states of effects that are shown; those that are done are not kept for long.
STATES = ("waiting", "claimed", "failed")


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "muster_deliveries_total",
            "Deliveries taken in, by what became of them",
            ("platform", "outcome"),
            registry=self.registry,
        )
        self.effects = Counter(
            "muster_effects_total",
            "Effects, by what became of the try",
            ("outcome",),
            registry=self.registry,
        )
        self.timers = Counter("muster_timers_total", "Timers fired", registry=self.registry)
        self.handling = Histogram(
            "muster_handling_seconds",
            "From a delivery to its answer, the commit included",
            registry=self.registry,
        )
        self.delivering = Histogram(
            "muster_delivering_seconds",
            "One try at an effect",
            registry=self.registry,
        )
        self.outbox = Gauge(
            "muster_outbox_rows", "Effects in the outbox", ("state",), registry=self.registry
        )
        self.oldest = Gauge(
            "muster_outbox_oldest_seconds",
            "Age of the effect that has been on its way for the longest; 0 when none is",
            registry=self.registry,
        )
        self.late = Gauge(
            "muster_escalations_late",
            "Escalations whose next step should have been taken minutes ago; looked at each minute",
            registry=self.registry,
        )
        self.database = Gauge(
            "muster_database_up",
            "Whether the database answered when this was asked for",
            registry=self.registry,
        )

    def show_outbox(self, counts: Mapping[str, int], oldest: float) -> None:
        """The database answered: its outbox has so many effects, the oldest so many seconds old."""
        self.database.set(1)
        self.oldest.set(oldest)
        for state in STATES:
            self.outbox.labels(state).set(counts.get(state, 0))

"""The steps that Muster dispatches itself: what time makes happen, what follows an effect."""

from __future__ import annotations

from datetime import datetime

from bot.core.commands import Step, step
from bot.core.effects import Failure, Receipt


@step("escalation climb due")
class ClimbDue(Step):
    climb: int


@step("escalation parcel due")
class ParcelDue(Step):
    parcel: int


@step("escalation parcel sent")
class ParcelSent(Step):
    parcel: int
    receipt: Receipt | Failure | None = None


@step("escalation alarm sounded")
class AlarmSounded(Step):
    parcel: int
    receipt: Receipt | Failure | None = None


@step("escalation watch anew")
class WatchAnew(Step):
    """Look at everything again that is only watched: the policies have changed."""

    after: int = 0
    #: Which change of policies it is for.
    version: int = 0


@step("escalation audit")
class Audit(Step):
    """Climbs that should have gone on before then have not."""

    before: datetime

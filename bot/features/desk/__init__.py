"""The desk: help, somebody's own page, who they are to Muster, settings, a check-up.

`/muster help` is made from the commands themselves. Everybody chooses their own language and time
zone; administrators choose for the workspace. `/muster doctor` says in words what needs care.
"""

from __future__ import annotations

from bot.core.events import (
    Checkup,
    Finding,
    HomeOpened,
    ItemChanged,
    ProfileSeen,
    WorkspaceLeft,
)
from bot.core.text import Code, t, tn
from bot.feature import Feature
from bot.features.desk import actions, commands, home, profiles
from storage import outbox
from storage.tx import Tx


def _checkup(question: Checkup, tx: Tx) -> tuple[Finding, ...]:
    """The database answered, or this would not run; what about the effects?"""
    counts = outbox.counts(tx.conn)
    failed = counts.get("failed", 0)
    engine = "SQLite" if tx.conn.dialect.name == "sqlite" else "PostgreSQL"
    why = t("The log says why: look there for {words}", words=Code("effect.failed"))
    return (
        Finding(t("The database ({engine}) answers", engine=engine), is_fine=True),
        Finding(
            tn("{n} effect on its way", "{n} effects on their way", counts.get("waiting", 0)),
            is_fine=True,
        ),
        Finding(
            tn("{n} effect failed for good", "{n} effects failed for good", failed),
            is_fine=failed == 0,
            advice=why if failed else None,
        ),
    )


FEATURE = Feature(
    name="desk",
    commands={
        commands.Help: actions.show_help,
        commands.WhoAmI: actions.who_am_i,
        commands.SetLanguage: actions.set_language,
        commands.SetTimezone: actions.set_timezone,
        commands.Settings: actions.settings,
        commands.SetAdmin: actions.set_admin,
        commands.Doctor: actions.doctor,
        commands.ShowHome: home.show_home,
        commands.SetManager: profiles.set_manager,
    },
    reactions={
        HomeOpened: home.open_home,
        ItemChanged: home.follow_item,
        ProfileSeen: profiles.follow_profile,
        WorkspaceLeft: profiles.follow_leaving,
    },
    answers={Checkup: _checkup},
    live={"home": home.draw},
)

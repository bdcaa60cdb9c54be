"""The desk: help, somebody's own page, who they are to Muster, settings, a check-up.

`/muster help` is made from the commands themselves. Everybody chooses their own language and time
zone; administrators choose for the workspace. `/muster doctor` says in words what needs care.
Administrators are told when something could not be delivered, and can try it again or give it up.
"""

from __future__ import annotations

from bot.core.events import (
    Checkup,
    EffectFailed,
    Finding,
    HomeOpened,
    ItemChanged,
    ProfileSeen,
    Unaddressed,
    WorkspaceLeft,
)
from bot.core.text import Slash, t, tn
from bot.feature import Feature
from bot.features.desk import actions, commands, home, outbox_commands, profiles
from bot.features.desk import outbox as outbox_desk
from storage import outbox
from storage.tx import Tx


def _checkup(question: Checkup, tx: Tx) -> tuple[Finding, ...]:
    """The database answered, or this would not run; what about the effects?"""
    counts = outbox.counts(tx.conn)
    failed = counts.get("failed", 0)
    engine = "SQLite" if tx.conn.dialect.name == "sqlite" else "PostgreSQL"
    why = t("See which, and try again: {show}", show=Slash("muster outbox"))
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
        commands.Greet: actions.greet,
        commands.Help: actions.show_help,
        commands.WhoAmI: actions.who_am_i,
        commands.SetLanguage: actions.set_language,
        commands.SetTimezone: actions.set_timezone,
        commands.Settings: actions.settings,
        commands.SetAdmin: actions.set_admin,
        commands.Doctor: actions.doctor,
        commands.ShowHome: home.show_home,
        commands.SetManager: profiles.set_manager,
        outbox_commands.ShowOutbox: outbox_desk.show_outbox,
        outbox_commands.RetryEffect: outbox_desk.retry_effect,
        outbox_commands.DropEffect: outbox_desk.drop_effect,
        outbox_commands.TellFailed: outbox_desk.tell_failed,
        outbox_commands.FailedTold: outbox_desk.end_telling,
    },
    reactions={
        EffectFailed: outbox_desk.note_failure,
        HomeOpened: home.open_home,
        ItemChanged: home.follow_item,
        ProfileSeen: profiles.follow_profile,
        WorkspaceLeft: profiles.follow_leaving,
    },
    answers={Checkup: _checkup, Unaddressed: actions.unaddressed},
    live={"home": home.draw},
)

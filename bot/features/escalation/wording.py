"""Words for roles, causes and reasons."""

from __future__ import annotations

from datetime import datetime

from bot.core.text import Inline, Msg, Strong, When, t, tn
from bot.features.escalation.policy import How, Policy, Rung, Wait
from storage.tx import Tx

_ROLES = {
    "owner": t("owner"),
    "backup": t("backup"),
    "lead": t("lead"),
    "manager": t("manager"),
    "sponsor": t("sponsor"),
    "asked": t("asked for help"),
    "ops": t("ops channel"),
    "holder": t("on it"),
}
_WHY_YOU = {
    "owner": t("You are asked because it is yours."),
    "backup": t("You are asked because you stand in for its owner."),
    "lead": t("You are asked because you lead the room."),
    "manager": t("You are asked because its owner reports to you."),
    "sponsor": t("You are asked because you sponsor the room."),
    "asked": t("You are asked because somebody wants your help."),
    "ops": t("Everybody on the ladder was asked, or could not be. Somebody has to look after it."),
    "holder": t("You said that you are on it. That soon no longer holds."),
}
_COUNTED = {
    "added": t("added"),
    "changed": t("changed"),
    "assigned": t("given to its owner"),
    "due": t("its date was set"),
    "blocked": t("blocked"),
    "reopened": t("reopened"),
    "reworded": t("put differently"),
    "answered": t("spoken of in a stand-up"),
    "decided": t("named in a decision"),
    "noted": t("named in its owner's note"),
    "watched": t("watched since then"),
    "missed": t("missed"),
}
_HOW = {
    How.DIRECT: t("direct message"),
    How.THREAD: t("in the room"),
    How.URGENT: t("with an alarm"),
}


def role(name: str) -> Msg:
    """Who somebody is to a thing."""
    return _ROLES[name]


def why_you(name: str) -> Msg:
    """Why somebody of that role is asked."""
    return _WHY_YOU[name]


def counted(what: str) -> Msg:
    """The activity that counted."""
    return _COUNTED.get(what, _COUNTED["changed"])


def passed(tx: Tx, name: str, person: int | None, why: str, until: datetime | None) -> Msg:  # noqa: PLR0911  one a reason
    """Why a step was passed on."""
    as_what = role(name)
    if person is None:
        return t("{role} passed over: nobody is set", role=as_what)
    who = tx.mention(person)
    match why:
        case "gone":
            return t(
                "{who} ({role}) passed over: the account is deactivated", who=who, role=as_what
            )
        case "outside":
            return t("{who} ({role}) passed over: not in this room", who=who, role=as_what)
        case "asked":
            return t("{who} ({role}) passed over: asked already", who=who, role=as_what)
        case "leave" if until is not None:
            return t(
                "{who} ({role}) passed over: on leave, back on {when}",
                who=who,
                role=as_what,
                when=When(until, "date"),
            )
        case "leave":
            return t("{who} ({role}) passed over: on leave", who=who, role=as_what)
        case _ if until is not None:
            return t(
                "{who} ({role}) passed over: not at work until {when}",
                who=who,
                role=as_what,
                when=When(until),
            )
        case _:
            return t("{who} ({role}) passed over: not at work for long", who=who, role=as_what)


def wait(value: Wait) -> Msg:
    """A length of time."""
    text = str(value).removesuffix(" wall")
    number, unit = int(text[:-1]), text[-1]
    if value.is_wall:
        match unit:
            case "m":
                return t("{n} min by the clock", n=number)
            case "h":
                return t("{n} h by the clock", n=number)
            case _:
                return t("{n} d by the clock", n=number)
    match unit:
        case "m":
            return t("{n} min of working time", n=number)
        case "h":
            return t("{n} h of working time", n=number)
        case _:
            return t("{n} working days", n=number) if number > 1 else t("1 working day")


def rung(number: int, step: Rung) -> Inline:
    """A step of a policy, in words."""
    how = _how(step.how)
    if number == 0:
        return t("{role}: at once, {how}", role=role(str(step.whom)), how=how)
    return t(
        "{role}: after {wait}, {how}", role=role(str(step.whom)), wait=wait(step.after), how=how
    )


def _how(ways: tuple[How, ...]) -> Msg:
    found = _HOW[ways[0]]
    for each in ways[1:]:
        found = t("{one} and {other}", one=found, other=_HOW[each])
    return found


def policy_name(policy: Policy) -> Msg:
    """What a policy is called: of one severity, as people say it."""
    number = policy.name.removeprefix("severity ")
    if number != policy.name and number.isdecimal():
        return t("Severity {which}", which=number)
    return t("{name}", name=Strong(policy.name))


def after_all(policy: Policy) -> Msg:
    """What comes after the last step, and how people may hold it up."""
    again = t("Then the ops channel is told.")
    if policy.repeat:
        again = tn(
            "Then once more after {wait}; then the ops channel is told.",
            "Then {n} times more, each after {wait}; then the ops channel is told.",
            policy.repeat,
            wait=wait(policy.again_after),
        )
    rest = t("It cannot be snoozed.")
    if policy.snoozes:
        days = tn("{n} day", "{n} days", policy.longest_snooze)
        rest = tn(
            "It can be snoozed once, for at most {days}.",
            "It can be snoozed {n} times, for at most {days} each.",
            policy.snoozes,
            days=days,
        )
    held = t("On it holds for {on_it}.", on_it=wait(policy.on_it))
    return t("{again} {held} {rest}", again=again, held=held, rest=rest)


def scope(policy: Policy) -> Msg:
    """What a policy is for."""
    found = policy_name(policy)
    if policy.severity and policy.name != f"severity {policy.severity[0]}":
        which = ", ".join(map(str, policy.severity))
        found = t("{what} · severity {which}", what=found, which=which)
    if policy.kind:
        found = t("{what} · {which}", what=found, which=", ".join(policy.kind))
    if policy.room:
        rooms = ", ".join(f"WR-{number}" for number in policy.room)
        found = t("{what} · {which}", what=found, which=rooms)
    return found

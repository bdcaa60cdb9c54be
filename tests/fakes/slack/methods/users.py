"""People, their profiles, user groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.paging import page
from tests.fakes.slack.registry import method
from tests.fakes.slack.users import User
from tests.fakes.slack.workspace import KINDS

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


def _user(call: Call, name: str = "user") -> User:
    found = call.workspace.users.get(call.text(name))
    if found is None:
        raise SlackError("user_not_found")
    return found


def _shown(slack: FakeSlack, call: Call, user: User) -> dict[str, Any]:
    made = call.workspace.installation
    is_granted = made is None or made.scopes is None or "users:read.email" in made.scopes
    locale = call.flag("include_locale")
    return user.json(slack.clock.now(), locale=locale, email=is_granted)


@method("users.info", tier=4, scopes="users:read", required="user")
def info(slack: FakeSlack, call: Call) -> dict[str, Any]:
    return {"user": _shown(slack, call, _user(call))}


@method("users.list", tier=2, scopes="users:read")
def list_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    some, more = page(call, list(call.workspace.users.values()))
    members = [_shown(slack, call, one) for one in some]
    return {"members": members, "cache_ts": int(slack.clock.now()), **more}


@method("users.lookupByEmail", tier=3, scopes="users:read.email", required="email")
def lookup_by_email(slack: FakeSlack, call: Call) -> dict[str, Any]:
    for user in call.workspace.users.values():
        if user.email.lower() == call.text("email").lower() and not user.deleted:
            return {"user": _shown(slack, call, user)}
    raise SlackError("users_not_found")


@method("users.conversations", tier=3, scopes="groups:read im:read mpim:read channels:read")
def conversations(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    who = _user(call).id if call.has("user") else team.bot.id
    types = call.many("types") or ["public_channel"]
    found = [
        channel
        for channel in team.channels.values()
        if KINDS[channel.kind] in types
        and not channel.is_deleted
        and who in channel.members
        and (not channel.is_private or team.bot.id in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    some, more = page(call, found)
    shown = [one.json(team.bot.id) for one in some]
    for one in shown:
        one.pop("is_member", None)
    return {"channels": shown, **more}


@method("users.profile.get", tier=4, scopes="users.profile:read")
def profile_get(slack: FakeSlack, call: Call) -> dict[str, Any]:
    user = _user(call) if call.has("user") else call.workspace.bot
    # Custom fields are here alone: users.info and user_change do not show them.
    fields = {key: {"value": value, "alt": ""} for key, value in user.fields.items()}
    profile = user.profile() | {"fields": fields}
    if call.flag("include_labels"):
        for key, value in profile["fields"].items():
            value["label"] = call.workspace.profile_fields[key]["label"]
    return {"profile": profile}


@method("team.profile.get", tier=3, scopes="users.profile:read")
def team_profile_get(slack: FakeSlack, call: Call) -> dict[str, Any]:
    fields = list(call.workspace.profile_fields.values())
    return {"profile": {"fields": fields, "sections": []}}


@method("usergroups.list", tier=2, scopes="usergroups:read")
def groups_list(slack: FakeSlack, call: Call) -> dict[str, Any]:
    shown = [
        group.json(users=call.flag("include_users"), count=call.flag("include_count"))
        for group in call.workspace.groups.values()
        if not group.is_disabled or call.flag("include_disabled")
    ]
    return {"usergroups": shown}


@method("usergroups.users.list", tier=2, scopes="usergroups:read", required="usergroup")
def groups_users_list(slack: FakeSlack, call: Call) -> dict[str, Any]:
    found = call.workspace.groups.get(call.text("usergroup"))
    if found is None or (found.is_disabled and not call.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(found.users)}

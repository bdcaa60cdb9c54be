"""Modals and Home tabs that the app opens and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.registry import method
from tests.fakes.slack.views import STACK, View, checked_view

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace


def new_hash(slack: FakeSlack) -> str:
    return f"{int(slack.clock.now())}.{slack.ids.new('').lower()}"


def new_view(slack: FakeSlack, team: Workspace, body: dict[str, Any]) -> View:
    """A view that nobody sees yet."""
    external = body.get("external_id")
    if external and find(team, "external_id", external) is not None:
        raise SlackError("duplicate_external_id")
    bot = team.bot
    return View(slack.ids.new("V"), team.id, slack.app_id, bot.bot_id, body, new_hash(slack))


def find(team: Workspace, key: str, value: str) -> View | None:
    """An open view by its `id` or its `external_id`."""
    stacks = [*team.stacks.values(), list(team.homes.values())]
    for view in (view for stack in stacks for view in stack):
        found = view.id if key == "id" else view.body.get(key)
        if value and found == value:
            return view
    return None


def _body(slack: FakeSlack, call: Call, kind: str) -> dict[str, Any]:
    given = call.parsed("view", "invalid_arguments")
    return checked_view(given, kind=kind, ids=slack.ids)


@method("views.open", tier=4, required="view")
def open_(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    body = _body(slack, call, "modal")
    user = slack.triggers.exchange(call.text("trigger_id"), team)
    view = new_view(slack, team, body)
    # A modal that was open is closed by another one's opening.
    team.stacks[user] = [view]
    return {"view": view.json()}


@method("views.push", tier=4, required="view")
def push(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    body = _body(slack, call, "modal")
    user = slack.triggers.exchange(call.text("trigger_id"), team)
    view = pushed(slack, team, user, body)
    return {"view": view.json()}


def pushed(slack: FakeSlack, team: Workspace, user: str, body: dict[str, Any]) -> View:
    """A view on top of those that somebody has open; SlackError if there is none, or too many."""
    stack = team.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    view = new_view(slack, team, body)
    view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


@method("views.update", tier=4, required="view")
def update(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    key = "id" if call.has("view_id") else "external_id"
    view = find(team, key, call.text("view_id") or call.text("external_id"))
    if view is None:
        raise SlackError("not_found")
    body = _body(slack, call, view.body["type"])
    if call.has("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    view.replace(body, new_hash(slack))
    return {"view": view.json()}


@method("views.publish", tier=4, required="user_id view")
def publish(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team, user = call.workspace, call.text("user_id")
    if user not in team.users or user == team.bot.id:
        raise SlackError("invalid_arguments", "invalid `user_id`")
    if not slack.has_tab("home"):
        raise SlackError("not_enabled")
    body = _body(slack, call, "home")
    view = team.homes.get(user)
    if call.has("hash") and (view is None or call.text("hash") != view.hash):
        raise SlackError("hash_conflict")
    if view is None:
        view = team.homes[user] = new_view(slack, team, body)
    else:
        view.replace(body, new_hash(slack))
    return {"view": view.json()}

"""The real Bolt works against the fake: over HTTP, through Socket Mode, installed by OAuth."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from tests.adapters.slack.fake.bolt import bolt_app, served, slack_client
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.anyio

FORM = {
    "type": "modal",
    "callback_id": "order",
    "title": {"type": "plain_text", "text": "Order"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": "Who"},
            "element": {"type": "users_select", "action_id": "value"},
        },
    ],
}


def waiter(app: AsyncApp) -> list[dict[str, Any]]:
    """A small app with one of everything; what forms brought is in the list."""
    orders: list[dict[str, Any]] = []

    @app.command("/order")
    async def order(ack: Any, command: dict[str, Any], client: Any, say: Any) -> None:
        await ack("Here you are")
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @app.view("order")
    async def taken(ack: Any, view: dict[str, Any]) -> None:
        values = view["state"]["values"]
        if values["what"]["value"]["value"] == "poison":
            await ack(response_action="errors", errors={"what": "Not that"})
            return
        orders.append(values)
        await ack()

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": "Join"},
            "action_id": "join",
            "value": "1",
        }
        blocks = [{"type": "actions", "elements": [button]}]
        await say(text=f"Hello <@{event['user']}>", blocks=blocks)

    @app.action("join")
    async def joined(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        await respond(text="You are in", replace_original=False)

    return orders


async def walk(slack: FakeSlack, orders: list[dict[str, Any]]) -> None:
    """A command, a form with an error, a mention, a button."""
    team = slack.team
    # Bolt does not acknowledge in Socket Mode what it has no listener for.
    slack.manifest({"settings": {"event_subscriptions": {"bot_events": ["app_mention"]}}})
    mei, bo = team.person("Mei"), team.person("Bo")
    general = team.channel("general")
    result = await mei.types("/order one tea", general)
    assert (result.status, result.error) == (200, "")
    assert result.said is not None
    assert result.said.words == "Here you are"
    await mei.fills({"What": "poison", "Who": bo})
    assert (await mei.submits()).refused == {"What": "Not that"}
    await mei.fills({"What": "tea"})
    assert not (await mei.submits()).refused
    assert mei.modal is None
    assert orders[0]["who"]["value"]["selected_user"] == bo.id
    await mei.writes("@Muster hello", general)
    card = await slack.until(lambda: [one for one in bo.sees(general) if one.buttons])
    assert "Hello" in card[0].text
    pressed = await bo.presses("Join", card[0])
    assert (await pressed.hears("You are in")).is_ephemeral
    assert not [one for one in mei.sees(general) if one.words == "You are in"]


async def test_over_http() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        app = bolt_app(slack, client)
        orders = waiter(app)
        async with served(slack, app):
            await walk(slack, orders)


async def test_through_socket_mode() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        app = bolt_app(slack, client)
        orders = waiter(app)
        handler = AsyncSocketModeHandler(app, slack.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            await slack.until(lambda: slack.socket.connections)
            await walk(slack, orders)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


async def test_socket_mode_connects_anew() -> None:
    async with FakeSlack(record=None) as slack, slack_client(slack) as client:
        app = bolt_app(slack, client)
        waiter(app)
        handler = AsyncSocketModeHandler(app, slack.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        mei = slack.team.person("Mei")
        try:
            await slack.until(lambda: slack.socket.opened == 1)
            await slack.socket.refresh()
            await slack.until(lambda: slack.socket.opened == 2 and slack.socket.connections)
            assert (await mei.types("/order tea", "general")).said
            await slack.socket.close_all()
            await slack.until(lambda: slack.socket.opened == 3 and slack.socket.connections)
            assert (await mei.types("/order tea", "general")).said
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

"""People of other organisations, as far as Slack's payloads themselves tell."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.parse import Ours, parse

OURS = Ours("T1", "UMUSTER")
COMMAND = {"command": "/warroom", "user_id": "UEVE", "text": "list", "channel_id": "C1"}
MENTION = {
    "type": "app_mention", "channel": "C1", "user": "UEVE", "ts": "1.1", "text": "<@UMUSTER> list"
}  # fmt: skip
HOME = {"type": "app_home_opened", "user": "UEVE", "tab": "home", "channel": "D1"}
GRID = {"authorizations": [{"enterprise_id": "E1"}]}


def event(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "event": said, **more}


def shortcut(team: str, **more: Any) -> dict[str, Any]:
    user = {"id": "UEVE", "team_id": team}
    return {"type": "shortcut", "callback_id": "warroom", "user": user, **more}


@pytest.mark.parametrize(
    ("body", "is_outsider"),
    [
        (COMMAND | {"team_id": "T2"}, True),
        (COMMAND | {"team_id": "T1"}, None),
        (COMMAND | {"team_id": "T2", "enterprise_id": "E1"}, None),
        (event(MENTION | {"user_team": "T2", "team": "T1"}), True),
        (event(MENTION | {"team": "T2"}), True),
        (event(MENTION | {"team": "T1"}), None),
        (event(MENTION), None),
        (event(MENTION | {"team": "T2"}, **GRID), None),
        (event(HOME | {"user_team": "T2"}), True),
        (shortcut("T2"), True),
        (shortcut("T1"), None),
        (shortcut("T2", enterprise={"id": "E1"}), None),
    ],
)
def test_another_team_is_another_organisation(
    body: dict[str, Any], is_outsider: bool | None
) -> None:
    """Of the same team may be guests: their profile says so. A Grid is one organisation."""
    found = parse(body, OURS)
    assert found is not None
    assert found.incoming.sender.is_outsider is is_outsider

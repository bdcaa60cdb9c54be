"""response_url: five uses within thirty minutes, for an answer to one deed of one person."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.api import Cut, cut
from tests.fakes.slack.calls import Call
from tests.fakes.slack.channels import Channel
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.faults import Kind
from tests.fakes.slack.messages import Message
from tests.fakes.slack.posting import content

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspace import Workspace

#: Reported, quoting docs.slack.dev.
USES, LIFE = 5, 30 * 60.0


@dataclass(eq=False)
class Response:
    """One response_url, and what was said through it or in the acknowledgement."""

    team: Workspace
    user: str
    channel: Channel
    at: float
    url: str
    #: The message whose button was pressed.
    source: Message | None = None
    thread: str = ""
    uses: int = 0
    said: list[Message] = field(default_factory=list)


class Responses:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._all: dict[str, Response] = {}

    def new(
        self,
        team: Workspace,
        user: str,
        channel: Channel,
        source: Message | None = None,
        thread: str = "",
    ) -> Response:
        name = f"{team.id}/{self._slack.ids.number()}/{secrets.token_hex(12)}"
        made = Response(
            team,
            user,
            channel,
            self._slack.clock.now(),
            f"{self._slack.base}/response/{name}",
            source,
            thread,
        )
        self._all[name] = made
        return made

    async def serve(self, request: web.Request) -> web.StreamResponse:
        slack = self._slack
        name = request.match_info["name"]
        call = Call("response_url", request.method, at=slack.clock.now())
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        call.json = body
        slack.remember(call)
        slack.stir()
        struck = slack.faults.strike("response_url")
        try:
            if early := await slack.api_server.suffer(call, struck):
                return early
            status, answer = self._use(name, body)
        except SlackError as error:
            status, answer = 400, error.body()
        except Cut:
            return cut(request)
        call.status, call.answer = status, answer
        if any(fault.kind is Kind.DROP_AFTER for fault in struck):
            return cut(request)
        if status == 200:
            return web.Response(text="ok")
        return web.json_response(answer, status=status)

    def _use(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        response = self._all.get(name)
        if response is None or self._slack.clock.now() - response.at > LIFE:
            return 404, {"ok": False, "error": "expired_url"}
        if response.uses >= USES:
            return 404, {"ok": False, "error": "used_url"}
        self.say(response, body)
        response.uses += 1
        return 200, {"ok": True}

    def say(self, response: Response, body: dict[str, Any]) -> None:
        """Carry out what an answer says; SlackError if it is malformed."""
        source = response.source
        if body.get("delete_original"):
            if source is not None:
                self._delete(source, response)
            return
        said = content(body, self._slack.ids)
        if body.get("replace_original") and source is not None:
            source.text, source.blocks = said.text, said.blocks
            source.attachments = said.attachments
            if not source.seen_by:
                self._slack.events.changed(response.team, response.channel, source, source.json())
            response.said.append(source)
            return
        message = Message(
            self._slack.ts(),
            response.team.id,
            response.channel.id,
            response.team.bot.id,
            said.text,
            said.blocks,
            said.attachments,
            thread_ts=str(body.get("thread_ts") or response.thread),
            bot_id=response.team.bot.bot_id,
            app_id=self._slack.app_id,
        )
        if body.get("response_type") == "in_channel":
            response.channel.messages[message.ts] = message
            self._slack.events.posted(response.team, response.channel, message)
        else:
            message.seen_by = response.user
            response.channel.ephemerals.append(message)
        response.said.append(message)

    def _delete(self, source: Message, response: Response) -> None:
        source.is_deleted = True
        if source.seen_by:
            response.channel.ephemerals.remove(source)
        else:
            self._slack.events.removed(response.team, response.channel, source)

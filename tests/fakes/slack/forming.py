"""Filling in modals, and sending them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from tests.fakes.slack import interactions
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.filling import missing, put
from tests.fakes.slack.methods.views import new_hash, pushed
from tests.fakes.slack.modal import Input, Modal
from tests.fakes.slack.pressing import Presses
from tests.fakes.slack.results import Result
from tests.fakes.slack.views import View, checked_view

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person


class Fills(Presses):
    def _modal(self) -> Modal:
        modal = self.modal
        assert modal is not None, f"{self.user.display_name} has no modal open"
        return modal

    async def fills(self, values: Mapping[str, Any]) -> Modal:
        """Put values into the open modal, by label; None empties an input."""
        for label, value in values.items():
            modal = self._modal()
            found = modal.inputs.get(label)
            assert found is not None, f"no {label!r} among {list(modal.inputs)}"
            options: list[dict[str, Any]] | None = None
            if "external" in found.type and isinstance(value, str):
                options = await self._search(found, value)
            state = put(found, value, self.user.tz, options)
            ids = found.block["block_id"], found.element["action_id"]
            modal.view.values.setdefault(ids[0], {})[ids[1]] = state
            modal.view.errors.pop(found.block["block_id"], None)
            if found.block["type"] != "input" or found.block.get("dispatch_action"):
                await self._act_in_view(modal, found.block, found.element, state)
        return self._modal()

    async def searches(self, label: str, text: str) -> list[str]:
        """The options that the app suggests for what was typed into an external select."""
        found = self._modal().inputs[label]
        return [option["text"]["text"] for option in await self._search(found, text)]

    async def _search(self, found: Input, text: str) -> list[dict[str, Any]]:
        payload = interactions.suggestion(
            self.team, self.user, found.view, found.block, found.element, text
        )
        attempt = await self.slack.deliveries.send("options", payload)
        body = attempt.body if isinstance(attempt.body, dict) else {}
        groups = body.get("option_groups") or [body]
        return [option for group in groups for option in group.get("options") or []]

    async def submits(self) -> Result:
        """Send the form. What Slack itself refuses, such as an empty input, is not sent."""
        modal = self._modal()
        view = modal.view
        assert modal.submit, f"nothing to send in {modal.words}"
        person = cast("Person", self)
        if refused := missing(modal):
            return Result(person, refused=refused)
        payload = interactions.view_submission(self.team, self.user, view)
        attempt = await self.slack.deliveries.send("interaction", payload)
        result = Result.of(person, attempt)
        if result.error:
            return result
        try:
            self._follow(view, attempt.body)
        except SlackError as error:
            result.error = f"{error.code}: {error.more}"
            self.errors.append(result.error)
        if view.errors:
            result.refused = modal.errors
        return result

    def _follow(self, view: View, body: Any) -> None:
        """Do what the app answered to a form: close, change, put another on top, show errors."""
        stack = self.team.stacks.get(self.user.id, [])
        answer = body if isinstance(body, dict) else {}
        match answer.get("response_action"):
            case None:
                if view in stack:
                    stack.remove(view)
            case "clear":
                self.team.stacks[self.user.id] = []
            case "errors":
                view.errors = self._errors(view, answer.get("errors"))
            case "update":
                made = checked_view(answer.get("view"), kind="modal", ids=self.slack.ids)
                view.replace(made, new_hash(self.slack))
            case "push":
                made = checked_view(answer.get("view"), kind="modal", ids=self.slack.ids)
                pushed(self.slack, self.team, self.user.id, made)
            case other:
                raise SlackError("invalid_response_action", str(other))

    def _errors(self, view: View, given: Any) -> dict[str, str]:
        known = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if not isinstance(given, dict) or not given or set(given) - known:
            raise SlackError("invalid_errors", f"{given} names blocks that are no inputs")
        return {str(name): str(text) for name, text in given.items()}

    async def closes_modal(self, *, all_of_them: bool = False) -> None:
        """The X (all of them) or Cancel (the one on top); the app hears of it if it asked to."""
        stack = self.team.stacks.get(self.user.id, [])
        assert stack, f"{self.user.display_name} has no modal open"
        while stack:
            view = stack.pop()
            clears = all_of_them or bool(view.body.get("clear_on_close"))
            if view.body.get("notify_on_close"):
                payload = interactions.view_closed(self.team, self.user, view, cleared=clears)
                await self.slack.deliveries.send("interaction", payload)
            if not clears:
                break

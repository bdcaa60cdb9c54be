"""Buttons, menus, shortcuts, the Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tests.fakes.slack import interactions
from tests.fakes.slack.modal import Home, Modal, Surface
from tests.fakes.slack.person import Who
from tests.fakes.slack.results import Result
from tests.fakes.slack.seen import Press, Seen
from tests.fakes.slack.views import initial

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person


class Presses(Who):
    async def presses(self, label: str, where: Seen | Surface | None = None) -> Result:
        """A button (or an option of a menu) by what it reads; default: in the modal, else at home.

        Where Slack asks "are you sure?" they are.
        """
        place = where or self.modal or self.home
        assert place is not None, "nothing to press anything in"
        press = place.buttons.get(label)
        assert press is not None, f"no {label!r} among {list(place.buttons)} in:\n{place.words}"
        return await self._press(place, press)

    async def picks(self, menu: str, label: str, where: Seen | Surface | None = None) -> Result:
        """An option of one menu, which is named by its placeholder or its action id."""
        place = where or self.modal or self.home
        assert place is not None, "nothing to pick anything in"
        for press in _all_presses(place):
            names = {press.element["action_id"], press.element.get("placeholder", {}).get("text")}
            if menu in names and press.option and press.option["text"]["text"] == label:
                return await self._press(place, press)
        raise AssertionError(f"no {label!r} in a menu {menu!r} in:\n{place.words}")

    async def _press(self, place: Seen | Surface, press: Press) -> Result:
        value: dict[str, Any] = {}
        if press.option is not None:
            value = interactions.chosen(press.element, press.option)
        if isinstance(place, Surface):
            return await self._act_in_view(place, press.block, press.element, value)
        return await self._act_in_message(place, press, value)

    async def _act_in_view(
        self, place: Surface, block: dict[str, Any], element: dict[str, Any], value: dict[str, Any]
    ) -> Result:
        view = place.view
        if value and element["type"] != "overflow":
            view.values.setdefault(block["block_id"], {})[element["action_id"]] = value
        action = interactions.action(block, element, value, self.slack.ts())
        payload = interactions.view_actions(self.team, self.user, view, [action])
        attempt = await self.slack.deliveries.send("interaction", payload)
        return Result.of(cast("Person", self), attempt)

    async def _act_in_message(self, seen: Seen, press: Press, value: dict[str, Any]) -> Result:
        block_id, action_id = press.block["block_id"], press.element["action_id"]
        state = self.picked.setdefault((seen.channel.id, seen.ts), {})
        for other, element in _stateful(seen):
            value_then = initial(element)
            state.setdefault(other["block_id"], {}).setdefault(element["action_id"], value_then)
        if value and press.element["type"] != "overflow":
            state.setdefault(block_id, {})[action_id] = value
        thread = seen.message.thread_ts if seen.message.is_reply else ""
        response = self.slack.responses.new(
            self.team, self.user.id, seen.channel, seen.message, thread
        )
        payload = interactions.message_actions(
            self.team,
            self.user,
            seen.channel,
            seen.message,
            response=response,
            state=state,
            actions=[interactions.action(press.block, press.element, value, self.slack.ts())],
        )
        attempt = await self.slack.deliveries.send("interaction", payload)
        return Result.of(cast("Person", self), attempt, response)

    async def shortcut(self, name: str, seen: Seen) -> Result:
        """A message shortcut by its name in the manifest, or by its callback_id."""
        callback = self._callback(name, "message")
        response = self.slack.responses.new(self.team, self.user.id, seen.channel)
        payload = interactions.message_shortcut(
            self.team, self.user, seen.channel, seen.message, callback, response
        )
        attempt = await self.slack.deliveries.send("interaction", payload)
        return Result.of(cast("Person", self), attempt, response)

    async def global_shortcut(self, name: str) -> Result:
        callback = self._callback(name, "global")
        payload = interactions.global_shortcut(self.team, self.user, callback)
        attempt = await self.slack.deliveries.send("interaction", payload)
        return Result.of(cast("Person", self), attempt)

    def _callback(self, name: str, kind: str) -> str:
        known = [one for one in self.slack.feature("shortcuts") if one["type"] == kind]
        for one in known:
            if name in (one["name"], one["callback_id"]):
                return str(one["callback_id"])
        assert not known, f"no {kind} shortcut {name!r} in the manifest"
        return name

    async def opens_home(self) -> Home | None:
        """The app's Home tab: the app is told, and may publish it."""
        event: dict[str, Any] = {
            "type": "app_home_opened",
            "user": self.user.id,
            "channel": self._place(None).id,
            "tab": "home",
        }
        if self.home is not None:
            event["view"] = self.home.view.json()
        await self._told(self.slack.events.tell(self.team, event))
        return self.home

    async def opens_messages(self) -> None:
        """The app's Messages tab, which sends the same event."""
        event = {
            "type": "app_home_opened",
            "user": self.user.id,
            "channel": self._place(None).id,
            "tab": "messages",
        }
        await self._told(self.slack.events.tell(self.team, event))


def _stateful(seen: Seen) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    from tests.fakes.slack.blocks import elements_of

    return [pair for pair in elements_of(seen.blocks) if initial(pair[1]) is not None]


def _all_presses(place: Seen | Surface) -> list[Press]:
    from tests.fakes.slack.blocks import elements_of
    from tests.fakes.slack.seen import options_of

    return [
        Press(block, element, option)
        for block, element in elements_of(place.blocks)
        for option in options_of(element)
    ]


__all__ = ["Modal", "Presses"]

"""Modals and Home tabs as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.blocks import elements_of
from tests.fakes.slack.seen import Press, block_words, presses_of, shown_text
from tests.fakes.slack.views import STATES, View

if TYPE_CHECKING:
    from tests.fakes.slack.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Input:
    """One thing to fill in."""

    view: View
    block: dict[str, Any]
    element: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.element["type"])

    @property
    def value(self) -> Any:
        """What is in it now, as the state has it."""
        state = self.view.values[self.block["block_id"]][self.element["action_id"]]
        return state[STATES[self.type][0]]

    @property
    def is_optional(self) -> bool:
        return self.block["type"] != "input" or bool(self.block.get("optional"))

    @property
    def hint(self) -> str:
        return str((self.block.get("hint") or {}).get("text", ""))

    @property
    def options(self) -> list[str]:
        from tests.fakes.slack.seen import options_of

        return [option["text"]["text"] for option in options_of(self.element)]


class Surface:
    """A view that somebody looks at."""

    def __init__(self, team: Workspace, view: View) -> None:
        self.team, self.view = team, view

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.words!r}>"

    @property
    def blocks(self) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = self.view.body["blocks"]
        return blocks

    @property
    def buttons(self) -> dict[str, Press]:
        return presses_of(self.blocks)

    @property
    def words(self) -> str:
        return "\n".join(block_words(self.team, self.blocks))

    @property
    def callback_id(self) -> str:
        return str(self.view.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.view.body.get("private_metadata", ""))

    @property
    def inputs(self) -> dict[str, Input]:
        """What can be filled in, by its label; without one, by its placeholder or action id."""
        return {
            self._label(block, element): Input(self.view, block, element)
            for block, element in elements_of(self.blocks)
            if element["type"] in STATES
        }

    def _label(self, block: dict[str, Any], element: dict[str, Any]) -> str:
        if block["type"] == "input":
            return str(block["label"]["text"])
        if block["type"] == "section" and block.get("text"):
            return shown_text(self.team, block["text"]["text"])
        placeholder = (element.get("placeholder") or {}).get("text")
        return str(placeholder or element["action_id"])


class Home(Surface):
    """Somebody's Home tab."""


class Modal(Surface):
    """The modal on top."""

    @property
    def title(self) -> str:
        return str(self.view.body["title"]["text"])

    @property
    def submit(self) -> str:
        """What the button reads that sends the form; empty if there is none."""
        return str((self.view.body.get("submit") or {}).get("text", ""))

    @property
    def words(self) -> str:
        return f"{self.title}\n{super().words}"

    @property
    def errors(self) -> dict[str, str]:
        """Label → what the app found wrong."""
        labels = {one.block["block_id"]: label for label, one in self.inputs.items()}
        return {labels[name]: text for name, text in self.view.errors.items()}

    @property
    def values(self) -> dict[str, Any]:
        """Label → what is in it now."""
        return {label: one.value for label, one in self.inputs.items()}

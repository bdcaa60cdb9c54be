"""One call of an API, and the table of all APIs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from multidict import MultiMapping

from tests.fakes.feishu.chats import Chat, Message
from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import App, Tenant, User

if TYPE_CHECKING:
    from tests.fakes.feishu.server import FakeFeishu

#: A handler answers the `data` of the envelope, or a whole response.
Answer = dict[str, Any] | web.Response
Handler = Callable[["Call"], Awaitable[Answer]]


@dataclass(frozen=True)
class Upload:
    """A file part of a form."""

    filename: str | None
    data: bytes


@dataclass
class Call:
    """A call by an app that has shown its token."""

    feishu: FakeFeishu
    app: App
    path: Mapping[str, str]
    query: MultiMapping[str]
    body: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        return self.app.tenant

    @property
    def user_id_type(self) -> str:
        return self.query.get("user_id_type", "open_id")

    def text(self, name: str, code: int = 99992402) -> str:
        """A member of the body that must be a text with something in it."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(code, f"{name} is required")
        return value

    def texts(self, name: str, code: int = 99992402) -> list[str]:
        """A member of the body that must be a list of texts."""
        value = self.body.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refusal(code, f"{name} must be a list of strings")
        return value

    def whole(self, name: str, default: int) -> int:
        """A number of the query."""
        value = self.query.get(name, "")
        if value and not value.isdigit():
            raise Refusal(99992402, f"{name} must be a number")
        return int(value) if value else default

    def user(self, text: str, kind: str | None = None) -> User:
        """The user with that id; the refusals tell another app's open_id from no id at all."""
        kind = kind or self.user_id_type
        found = self.tenant.find(text, self.app, kind)
        if found is None:
            for app in self.feishu.apps.values():
                if kind == "open_id" and app.tenant.find(text, app):
                    raise Refusal(99992361)
            raise Refusal(99992351, text)
        return found

    def chat(self, bad: int = 232006, *, inside: int | None = 232011) -> Chat:
        """The chat of the path; with `inside` the bot must be in it, else that is the code."""
        return self.chat_of(self.path["chat_id"], bad, inside=inside)

    def chat_of(self, chat_id: str, bad: int, *, inside: int | None) -> Chat:
        found = self.feishu.chats.get(chat_id)
        if found is None or found.tenant is not self.tenant:
            raise Refusal(bad, chat_id)
        if found.dissolved:
            raise Refusal(232009)
        if inside and self.app not in found.bots:
            raise Refusal(inside)
        return found

    def message(self) -> Message:
        """The message of the path, in a chat where the bot is."""
        return self.message_of(self.path["message_id"])

    def message_of(self, message_id: str) -> Message:
        found = self.feishu.messages.get(message_id)
        if found is None or found.chat.tenant is not self.tenant:
            raise Refusal(230001, f"invalid message_id {message_id}")
        if self.app not in found.chat.bots:
            raise Refusal(230002)
        if found.is_deleted:
            raise Refusal(230011)
        return found

    def page(self, items: list[Any], default: int = 20, most: int = 100) -> dict[str, Any]:
        """A page of the items: page_size and page_token of the query say which."""
        size = self.whole("page_size", default)
        if not 1 <= size <= most:
            raise Refusal(99992402, f"page_size must be between 1 and {most}")
        start = self.whole("page_token", 0)
        more = start + size < len(items)
        page: dict[str, Any] = {"items": items[start : start + size], "has_more": more}
        if more:
            page["page_token"] = str(start + size)
        return page


@dataclass(frozen=True)
class Api:
    method: str
    template: str
    handler: Handler
    #: "ok" or "success": which of the two the official sample says.
    msg: str = "success"


APIS: list[Api] = []


def api(method: str, template: str, msg: str = "success") -> Callable[[Handler], Handler]:
    """Register a handler under the documented path."""

    def register(handler: Handler) -> Handler:
        APIS.append(Api(method, "/open-apis/" + template, handler, msg))
        return handler

    return register

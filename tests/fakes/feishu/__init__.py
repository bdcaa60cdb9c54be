"""A Feishu of our own, on a loopback port; README.md says how to speak with it."""

from tests.fakes.feishu.chats import Chat, Message
from tests.fakes.feishu.desk import TenantDesk
from tests.fakes.feishu.org import App, Department, Tenant, User
from tests.fakes.feishu.people import Person
from tests.fakes.feishu.seen import Pressed, Seen
from tests.fakes.feishu.server import FakeFeishu

__all__ = [
    "App", "Chat", "Department", "FakeFeishu", "Message", "Person", "Pressed", "Seen", "Tenant",
    "TenantDesk", "User",
]  # fmt: skip

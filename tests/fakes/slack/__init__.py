"""A Slack for tests: a real program on a loopback port. README.md says how to use it."""

from tests.fakes.slack.channels import Channel
from tests.fakes.slack.deliveries import Attempt, Delivery
from tests.fakes.slack.modal import Home, Input, Modal
from tests.fakes.slack.people import Person
from tests.fakes.slack.results import Result
from tests.fakes.slack.seen import Seen
from tests.fakes.slack.server import RECORD, FakeSlack
from tests.fakes.slack.workspace import Workspace

__all__ = [
    "RECORD",
    "Attempt",
    "Channel",
    "Delivery",
    "FakeSlack",
    "Home",
    "Input",
    "Modal",
    "Person",
    "Result",
    "Seen",
    "Workspace",
]

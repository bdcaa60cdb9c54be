"""What can go wrong, and for whom it is meant.

MusterError
├── Refused        for the person who asked: its message is the sentence that they see
├── Temporary      from an adapter: try again, not before `retry_after`
├── Permanent      from an adapter: will never work as it is
├── Sealed         from the vault: no key opens what is kept
├── Unavailable    from storage: nothing was accepted, the platform must deliver it again
└── Unreadable     from what parses: a payload of a shape that nobody documents
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

from bot.core.text import Msg


class MusterError(Exception):
    """Something went wrong."""


class Refused(MusterError):  # noqa: N818  a refusal is an answer, not a fault
    """That cannot be done."""

    def __init__(self, message: Msg, *, field: str | None = None) -> None:
        super().__init__(message.id)
        self.message = message
        #: The parameter at fault, so that a form can show the message beside it.
        self.field = field


class Temporary(MusterError):  # noqa: N818  names the kind of failure, as the outbox records it
    """The platform did not take it this time."""

    def __init__(self, reason: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(reason or type(self).__doc__)
        #: Seconds that the platform asked to wait; None leaves it to the worker.
        self.retry_after = retry_after


class Permanent(MusterError):  # noqa: N818  see Temporary
    """The platform will not take it.

    `code` is the platform's own word for it (`name_taken`), `message` the sentence for people.
    """

    def __init__(self, code: str, message: Msg | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class Sealed(MusterError):  # noqa: N818  see Temporary
    """None of the secrets opens it: MUSTER_SECRET_KEY is another than when it was kept."""


class Unavailable(MusterError):  # noqa: N818  see Temporary
    """The database did not take it; nothing was changed."""


class Unreadable(MusterError):  # noqa: N818  as above
    """What came in is not of the shape that its platform documents."""


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """For what takes a platform's payload apart: that it cannot be is Unreadable, and no fault.

    The text says where that was noticed, and nothing of what was in it.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
        raise Unreadable(where) from error

"""One app in one tenant: its client, its way in, its people, and how it answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from adapters.feishu import slash
from adapters.feishu.api import app as about
from adapters.feishu.api import messages
from adapters.feishu.callbacks import Reply
from adapters.feishu.client import FeishuClient
from adapters.feishu.connection import LongConnection
from adapters.feishu.parse import Below, Click, NoteIt, Ours, parse, quoted
from adapters.feishu.people import People
from adapters.feishu.performing import Performer, Sites
from adapters.feishu.places import Places
from adapters.feishu.showing import Shown
from adapters.feishu.visiting import Visits
from adapters.feishu.webhook import Inlet
from bot.core.backlog import Backlog
from bot.core.chat import Tone, line
from bot.core.clock import Clock
from bot.core.commands import Command
from bot.core.errors import MusterError, Permanent, Temporary, Unavailable
from bot.core.platform import Handle, Incoming, Picked, PutOff, Typed
from bot.core.replicas import Alone, Election, Quotas
from bot.core.text import t
from bot.core.words import fold

if TYPE_CHECKING:
    from adapters.feishu.adapter import Config

log = structlog.get_logger(__name__)
#: Seconds between tries to find out who Muster is.
_AGAIN = 5.0
#: Seconds that answers have to be shown when Muster stops.
_FINISHING = 5.0
_SITES = {
    "lark": Sites("https://www.larksuite.com", "https://applink.larksuite.com"),
}
#: Messages of which it is remembered whose they are.
_MOST_OWN = 10_000
#: What a note that somebody asks for by a reply becomes.
_NOTE = "warroom note"
_UNREAD = t("I could not read that message, so nothing was noted.")


class App:
    """One app."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        commands: Sequence[type[Command]],
        *,
        monotonic: Callable[[], float],
        second: float = 1.0,
        election: Election | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self.config = config
        self._commands = commands
        self._election = election or Alone()
        #: Another replica holds the connection.
        self._waits = False
        self.client = FeishuClient(
            config.app_id, config.app_secret, config.domain, now=monotonic, quotas=quotas
        )
        self.people = People(self.client, monotonic)
        self.places = Places(self.client, monotonic)
        self._visits = Visits(config.app_id, self.people, self.places)
        self.performer = Performer(
            self.client, self._visits, self.places, _SITES.get(config.domain, Sites())
        )
        self._shown = Shown(config.app_id, self.performer, self._answering)
        self.connection = LongConnection(
            self.client, self.deliver, late=self._late, clock=clock, second=second
        )
        self._backlog = Backlog(self._carry_out)
        self._ours: Ours | None = None
        #: Messages below which somebody spoke: whether they are Muster's own.
        self._own: OrderedDict[str, bool] = OrderedDict()
        #: What is being shown to people, and what may be dropped.
        self._answers: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        #: Why native slash commands could not be registered; "" if they were, None before.
        self.slash_trouble: str | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it hears Feishu, or another replica does in its place."""
        is_in = self.config.mode == "webhook" or self._waits or self.connection.ready.is_set()
        return is_in and self._ours is not None

    @property
    def is_busy(self) -> bool:
        """Whether something that came in still has to be shown or told."""
        return bool(self._answers or self._errands)

    @property
    def is_listening(self) -> bool:
        """Whether what comes in is brought to the door."""
        return self._visits.handle is not None

    def listen(self, handle: Handle) -> None:
        """From now on bring what comes to `handle`."""
        self._visits.handle = handle

    def inlet(self) -> Inlet:
        """Its part of the webhook."""
        return Inlet(
            self.deliver,
            self.config.verification_token,
            self.config.encrypt_key,
            self.config.app_id,
            self._late,
        )

    async def run(self) -> None:
        """Find out who Muster is, register what people can type, and stay connected."""
        await self._introduced()
        self._run_errand(self._register())
        if self.config.mode == "long":
            what = f"feishu {self.config.app_id}"
            await self._election.hold(what, self.connection.run, self._wait)
        await asyncio.Event().wait()

    def _wait(self, waits: bool) -> None:  # noqa: FBT001  as `Election` calls it
        self._waits = waits

    async def close(self) -> None:
        """Finish what is being shown, and let go."""
        for task in self._errands:
            task.cancel()
        if self._answers:
            await asyncio.wait(self._answers, timeout=_FINISHING)
        left = [*self._answers, *self._errands]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._visits.handle = None
        await self.client.close()

    async def _introduced(self) -> None:
        while self._ours is None:
            try:
                await self.ours()
            except MusterError as error:
                log.warning("feishu.not_introduced", app=self.config.app_id, reason=str(error))
                await asyncio.sleep(_AGAIN)

    async def ours(self) -> Ours:
        """What Muster is called here. Raises Temporary or Permanent."""
        if self._ours is None:
            found = await about.bot(self.client)
            names = [name for cls in self._commands for name in (cls.spec.path, *cls.spec.also)]
            self._ours = Ours(
                self.config.app_id,
                str(found.get("open_id") or ""),
                str(found.get("app_name") or "Muster"),
                frozenset(fold(name).split()[0] for name in names),
            )
        return self._ours

    async def _register(self) -> None:
        """Native slash commands: welcome, and never missed."""
        try:
            await slash.register(self.client, self._commands)
        except MusterError as error:
            self.slash_trouble = str(error)
            log.info("feishu.no_slash_commands", reason=self.slash_trouble)
        else:
            self.slash_trouble = ""

    # What comes in.

    async def deliver(self, body: dict[str, Any]) -> Reply | None:
        """Take an event or a callback in, durably; what answers a callback.

        Unavailable: nothing was accepted.
        """
        try:
            ours = await self.ours()
        except MusterError as error:
            raise Unavailable from error
        answer: Reply | None = None
        for found in parse(body, ours):
            match found:
                case Click():
                    answer = await self._clicked(found)
                case NoteIt():
                    await self._noted(found)
                case Below():
                    await self._answered(found)
                case Incoming(what=Typed()):
                    await self._said(found, body)
                case Incoming():
                    await self._visits.take_in(found)
        self._make_acquaintance()
        return answer

    async def _said(self, incoming: Incoming, body: dict[str, Any]) -> None:
        """Somebody wrote: done at once, or noted where that would take its time."""
        if self._visits.must_ask(incoming) or not await self._backlog.admits():
            with self._backlog.noting():
                note = PutOff(_written_down(body))
                await self._visits.to_the_door(replace(incoming, what=note))
            if self._backlog.add(incoming):
                self._answering(self._backlog.work())
            return
        try:
            await self._visits.take_in(incoming)
        finally:
            self._backlog.done()

    async def _carry_out(self, incoming: Incoming) -> None:
        """Do what was noted. What cannot be now is found again by its note."""
        try:
            await self._visits.take_in(incoming)
        except MusterError as error:
            log.warning("feishu.still_waiting", reason=type(error).__name__)
        except Exception:
            log.exception("feishu.put_off_failed")
        self._make_acquaintance()

    async def resume(self, waiting: str) -> None:
        """Carry out what another process has noted. Raises nothing."""
        try:
            deliveries = parse(json.loads(waiting), await self.ours())
        except MusterError as error:
            log.warning("feishu.still_waiting", reason=type(error).__name__)
            return
        for found in deliveries:
            if isinstance(found, Incoming):
                await self._carry_out(found)

    async def _clicked(self, click: Click) -> Reply:
        click = await self._visits.placed(click)
        if click.is_cancelled:
            return self._shown.given_up(click)
        return await self._shown.answer(click, await self._visits.take_in(click.incoming))

    async def _noted(self, asked: NoteIt) -> None:
        """Somebody replied that a message be noted: read it, then as if it had been picked."""
        try:
            found = await messages.get(self.client, asked.message)
        except Temporary as error:
            raise Unavailable from error
        except Permanent as error:
            log.info("feishu.message_unread", code=error.code)
            found = None
        if found is None:
            told = self._shown.tell(asked.incoming, line(_UNREAD, Tone.WARNING), in_private=True)
            self._answering(told)
            return
        await self._visits.take_in(asked.as_picked(Picked(_NOTE, quoted(found))))

    async def _answered(self, said: Below) -> None:
        """Somebody spoke below a message: that is for Muster where the message is its own."""
        what = said.incoming.what
        if await self._is_own(said.root):
            await self._visits.take_in(said.as_answer())
        elif not isinstance(what, Typed) or not what.is_overheard:
            await self._visits.take_in(said.incoming)

    async def _is_own(self, message: str) -> bool:
        """Whether Muster wrote a message. Unavailable: it cannot be told just now."""
        if message not in self._own:
            try:
                found = await messages.get(self.client, message)
            except Temporary as error:
                raise Unavailable from error
            except Permanent as error:
                log.info("feishu.message_unread", code=error.code)
                return False
            self._own[message] = ((found or {}).get("sender") or {}).get("id") == self.config.app_id
            while len(self._own) > _MOST_OWN:
                self._own.popitem(last=False)
        return self._own[message]

    async def _late(self, body: dict[str, Any], answer: Reply) -> None:
        """An answer that came after Feishu had stopped waiting: shown all the same."""
        clicks = [each for each in parse(body, await self.ours()) if isinstance(each, Click)]
        for click in clicks:
            await self._shown.late(await self._visits.placed(click), answer)

    # What goes on beside it.

    def _make_acquaintance(self) -> None:
        if self._visits.strangers:
            self._run_errand(self._visits.meet())

    def _run_errand(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _answering(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._loudly(work))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    @staticmethod
    async def _loudly(work: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await work
            except MusterError as error:
                log.warning("feishu.answer_not_shown", reason=str(error))
            except Exception:
                log.exception("feishu.answer_failed")


def _written_down(body: dict[str, Any]) -> str:
    """An event, to be read again; without the token that proved where it came from."""
    header = {name: value for name, value in body.get("header", {}).items() if name != "token"}
    return json.dumps({**body, "header": header}, ensure_ascii=False, separators=(",", ":"))

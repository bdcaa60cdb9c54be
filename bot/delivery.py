"""Delivering one effect: prepare it, find out whether it has happened, perform it, record it."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from bot.core.chat import Card
from bot.core.commands import Command
from bot.core.effects import (
    Address,
    DirectMessage,
    Effect,
    Failure,
    PostCard,
    PublishHome,
    Receipt,
    RedrawCard,
    SendFile,
    UpdateCard,
    dump_card,
    load_effect,
)
from bot.core.errors import Permanent, Temporary
from bot.core.events import EffectFailed
from bot.core.platform import Adapter, ProbesDelivery, SendsFiles
from bot.core.points import reached
from bot.dispatch import Door
from storage import identity, letters, outbox
from storage.letters import Letter
from storage.outbox import Claim
from storage.rows import Rows, table_of
from storage.tables import LiveCard, Workspace

_live = table_of(LiveCard)
_workspace = table_of(Workspace)
#: Why an effect will not happen, where that is not the platform's word.
GAVE_UP = "gave_up"
FAULT = "fault"
#: Why one waits that no process takes in hand.
NOT_SET_UP = "the platform is not set up"
#: How long replicas of two versions may work side by side: what one cannot read is not its own.
UPGRADING = timedelta(hours=1)
#: Seconds after which what this replica cannot read is offered again, to any.
NOT_MINE = 10.0


class Unreadable(Temporary):
    """An effect that this version of Muster cannot read."""


class Courier:
    """Performs claimed effects through the adapters."""

    def __init__(self, door: Door, adapters: Mapping[str, Adapter]) -> None:
        self._door = door
        self._adapters = adapters
        #: One at a time: all of them would have all readers of the database for a minute.
        self._exporting = asyncio.Lock()

    async def deliver(self, claim: Claim, now: Callable[[], datetime]) -> None:
        """Perform an effect and record what came of it. Raises what the adapter raises."""
        adapter = self._adapters.get(claim.platform)
        if adapter is None:
            # It may be again at the next start, or be so for another process.
            raise Temporary(NOT_SET_UP)
        effect = self._loaded(claim, now())
        ready = await self._prepare(effect, now())
        if ready is None:
            await self._record(claim, effect, None, Receipt(), now())
            return
        reached("worker.before_call")
        receipt = await self._perform(adapter, claim, ready)
        reached("worker.after_call")
        await self._record(claim, effect, ready, receipt, now())
        reached("worker.after_receipt_commit")

    def _loaded(self, claim: Claim, now: datetime) -> Effect:
        """An effect of a later version is left to replicas of that, as long as there may be any."""
        try:
            return load_effect(claim.payload, self._door.registry.commands)
        except ValueError as error:
            if self._door.db.is_exclusive or now - claim.created_at > UPGRADING:
                raise  # there is no other version, or there should be none any more
            reason = "written by another version of Muster"
            raise Unreadable(reason, retry_after=NOT_MINE) from error

    async def is_away(self, claim: Claim) -> bool:
        """Whether Muster is gone from the workspace of an effect, so that it has to wait."""
        to = load_effect(claim.payload, self._door.registry.commands).to
        left_at = select(_workspace.c.left_at).where(
            _workspace.c.platform == to.platform, _workspace.c.native == to.workspace
        )
        return await self._door.db.read(lambda conn: Rows(conn).value(left_at)) is not None

    async def give_up(self, claim: Claim, code: str, now: datetime) -> bool:
        """Close an effect that will not happen, and tell what was waiting for it.

        Whether anything was: then it is not kept as failed. A live card that can no longer be
        redrawn is forgotten, and not tried again with every change.
        """
        effect = load_effect(claim.payload, self._door.registry.commands)
        is_minded = effect.then is not None or isinstance(effect, RedrawCard)

        def close(conn: Connection) -> None:
            if not outbox.finish(conn, claim.id, now=now, error=None if is_minded else code):
                return
            if isinstance(effect, RedrawCard) and code not in {GAVE_UP, FAULT}:
                Rows(conn).execute(delete(_live).where(_posting(effect)))
            self._continue(conn, claim, effect, Failure(code), now)
            if not is_minded:
                home = (effect.to.platform, effect.to.workspace)
                key = f"{self._door.instance}-o{claim.id}-{claim.attempts}-f"
                self._door.carrier.announce(conn, home, EffectFailed(claim.id, code), now, key)

        await self._door.db.write(close)
        self._door.wake()
        return is_minded

    def drop(self, conn: Connection, letter: Letter, now: datetime) -> bool:
        """Close an effect that is not to happen any more, and tell what was waiting for it.

        False if it cannot be closed: it is in hand just now, or gone. ValueError: it is not one
        that this Muster can read; `letters.drop` closes it.
        """
        effect = load_effect(letter.payload, self._door.registry.commands)
        if not letters.drop(conn, letter, now):
            return False
        self._continue(conn, letter, effect, Failure(letters.DROPPED), now)
        return True

    async def abandon(self, claim: Claim, code: str, now: datetime) -> None:
        """Close an effect of which not even its end can be dealt with, for its lane's sake."""
        await self._door.db.write(lambda conn: outbox.finish(conn, claim.id, now=now, error=code))

    async def _prepare(self, effect: Effect, now: datetime) -> Effect | None:
        """The effect as it is to be performed now; None if there is nothing left to do."""
        if isinstance(effect, RedrawCard):
            return await self._door.db.read(lambda conn: self._redrawn(conn, effect, now))
        if isinstance(effect, (PostCard, DirectMessage, PublishHome)) and effect.live is not None:
            live = effect.live
            card = await self._door.db.read(lambda conn: self._draw(conn, effect, live, now))
            return replace(effect, card=card or effect.card)
        return effect

    def _draw(
        self,
        conn: Connection,
        effect: PostCard | DirectMessage | RedrawCard | PublishHome,
        live: str,
        now: datetime,
    ) -> Card | None:
        home = identity.workspace_of(Rows(conn), effect.to.platform, effect.to.workspace, now)
        return self._door.registry.draw(self._door.carrier.transaction(conn, home, now), live)

    def _redrawn(self, conn: Connection, effect: RedrawCard, now: datetime) -> UpdateCard | None:
        card = self._draw(conn, effect, effect.live, now)
        if card is None:
            return None
        update_card = UpdateCard(effect.to, effect.message, card, effect.reader)
        posted = Rows(conn).first(LiveCard, select(_live).where(_posting(effect)))
        # One that is no longer known was posted anew, or can be redrawn no more.
        return None if posted is None or posted.digest == _digest(card) else update_card

    async def _perform(self, adapter: Adapter, claim: Claim, effect: Effect) -> Receipt:
        if claim.is_doubtful and isinstance(adapter, ProbesDelivery):
            receipt = await adapter.probe(effect, claim.key)
            found = "happened" if receipt is not None else "not_found"
            self._door.metrics.probes.labels(claim.platform, found).inc()
            if receipt is not None:
                return receipt
        if isinstance(effect, SendFile):
            return await self._send_file(adapter, claim, effect)
        return await adapter.perform(effect, claim.key)

    async def _send_file(self, adapter: Adapter, claim: Claim, effect: SendFile) -> Receipt:
        if not isinstance(adapter, SendsFiles):
            code = "no_files"
            raise Permanent(code)
        export = self._door.registry.exports[effect.export]
        with tempfile.TemporaryDirectory(prefix="muster-") as folder:
            path = Path(folder) / "file"
            try:
                async with self._exporting:
                    await self._door.db.read(
                        lambda conn: export(Rows(conn), effect.query, path, lambda _: None)
                    )
            except OSError as error:
                if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                    raise
                # Who asked can ask again; until then nothing waits behind it.
                code = "disk_full"
                raise Permanent(code) from error
            return await adapter.send_file(effect, claim.key, path)

    async def _record(
        self, claim: Claim, effect: Effect, done: Effect | None, receipt: Receipt, now: datetime
    ) -> None:
        def close(conn: Connection) -> None:
            if not outbox.finish(conn, claim.id, now=now):
                return  # somebody else took it over meanwhile and has recorded it
            self._keep_live(conn, done, receipt, now, claim)
            self._continue(conn, claim, effect, receipt, now)
            reached("worker.before_receipt_commit")

        await self._door.db.write(close)
        self._door.wake()

    def _keep_live(
        self,
        conn: Connection,
        done: Effect | None,
        receipt: Receipt,
        now: datetime,
        claim: Claim,
    ) -> None:
        """Remember where a live card stands and how it looks; redraw it if that is out of date."""
        if isinstance(done, UpdateCard):
            # A card that is too old to be changed is posted anew: it stands elsewhere now.
            looks = {"digest": _digest(done.card), "message": receipt.id or done.message}
            Rows(conn).execute(update(_live).where(_posting(done)).values(looks))
        elif isinstance(done, (PostCard, DirectMessage)) and done.live is not None:
            to, reader = done.to, done.reader
            channel = to.channel if isinstance(to, Address) else receipt.channel
            if not channel:
                return  # nobody knows where it stands
            Rows(conn).add(
                LiveCard(
                    live=done.live,
                    platform=to.platform,
                    workspace=to.workspace,
                    channel=channel,
                    message=receipt.id,
                    lang=reader.lang,
                    zone=reader.zone,
                    digest=_digest(done.card),
                )
            )
            # It may have changed between the drawing and now, when nobody knew where it stands.
            where = Address(to.platform, to.workspace, channel)
            redraw = RedrawCard(where, receipt.id, done.live, reader)
            outbox.put(conn, [redraw], key=f"{claim.key}-r", now=now)

    def _continue(
        self,
        conn: Connection,
        claim: Claim | Letter,
        effect: Effect,
        receipt: Receipt | Failure,
        now: datetime,
    ) -> None:
        if effect.then is None:
            return
        reached("worker.before_step")
        step: Command = replace(effect.then, receipt=receipt)  # type: ignore[type-var]  # every step that continues has a receipt
        key = f"{self._door.instance}-o{claim.id}"
        home = (effect.to.platform, effect.to.workspace)
        self._door.carrier.step(conn, home, step, now, key)


def _posting(effect: RedrawCard | UpdateCard) -> ColumnElement[bool]:
    """A condition on live cards: the one that an effect redraws."""
    to = effect.to
    return and_(
        _live.c.platform == to.platform,
        _live.c.workspace == to.workspace,
        _live.c.channel == to.channel,
        _live.c.message == effect.message,
    )


def _digest(card: Card) -> str:
    """A fingerprint of how a card looks."""
    return hashlib.sha256(dump_card(card)).hexdigest()[:32]

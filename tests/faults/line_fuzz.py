"""Whatever people and platforms send: no exception that nobody expected, no 5xx.

Hypothesis draws deeds of people, which go through the door of a world on each engine; payloads of
Slack and Feishu, changed anywhere and properly signed, which go over the wire to a process of their
own; and bytes for what parses and decrypts. The seed decides all of it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from adapters.feishu import frames
from adapters.feishu.client import decrypt
from adapters.playground.parse import readable_json
from bot.core.chat import Tone
from bot.core.platform import Redraw, Say
from tests.fakes.feishu.webhook import encrypt, request
from tests.faults.deeds import PATHS, deeds_of
from tests.faults.finding import Engine, Finding, Scale
from tests.faults.forgeries import EVENTS, SLACK
from tests.faults.front import KEY, Front, database, found, front
from tests.faults.mutants import as_json, mutants
from tests.world import World

TITLE = "fuzz of every command, of the parsers and of decryption"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
#: Deeds for each command; payloads over the wire, of each platform; bytes for each parser.
EXAMPLES = {"short": (12, 100, 300), "long": (300, 5_000, 100_000)}


#: What Bolt says of a payload of a workspace that Muster is not in. It is refused, and no fault.
_ANOTHER_WORKSPACE = "Although the app should be installed into this workspace"


class FaultError(AssertionError):
    """Something was found: the text says with what."""


def measure(scale: Scale, engine: Engine, seed: int) -> list[Finding]:
    """See the module."""
    through, over, parsed = EXAMPLES[scale]
    with tempfile.TemporaryDirectory(prefix="muster-fuzz-") as folder:
        home = Path(folder)
        with database(engine, home) as url:
            findings = [
                _tried(
                    "deeds through the door",
                    through * len(PATHS),
                    partial(_door, url, through, seed),
                )
            ]
        if engine == "sqlite":  # nothing of the rest depends on it
            wire = home / "wire"
            wire.mkdir()
            with database(engine, wire) as url:
                findings += asyncio.run(_wire(wire, url, over, seed))
            findings += _parsers(parsed, seed)
    return findings


def _tried(what: str, count: int, attempt: Callable[[], object]) -> Finding:
    """A finding of `count` examples: the first fault, shrunk, if there is any."""
    try:
        attempt()
    except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
        first = str(error).strip().splitlines()[0][:300] if str(error) else ""
        fault = f"{type(error).__name__}: {first}".replace("|", "¦")
        return Finding(f"{what}: faults", fault, "0", holds=False)
    return Finding(f"{what}: faults", f"0 of {count:,}", "0", holds=True)


_Examples = Callable[[Callable[..., None]], Callable[..., None]]


def _examples(count: int, seed: int) -> _Examples:
    """So many, by the seed alone; nothing of it depends on how fast this machine is."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        chosen = settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        return seeded(seed)(chosen(test))

    return decorate


# Through the door.


def _door(url: str, count: int, seed: int) -> None:
    with World(url) as world:
        world.is_abandoned = True  # what all this is answered with is not the point
        people = [world.person("Alice"), world.person("Bob"), world.person("陈工", lang="zh")]
        general = world.channel("general")
        people[0].says("/warroom open Payment timeouts @Bob", general)
        people[0].says("/item add Check the logs", world.room("WR-1"))
        people[0].says("/decide Roll back", world.room("WR-1"))
        places = [world.room("WR-1"), general, None]

        for path in PATHS:
            _by_every_way(world, path, people, places, _examples(count, seed))


def _by_every_way(
    world: World, path: str, people: list[Any], places: list[Any], examples: _Examples
) -> None:
    """One command: what Muster logs as an error, or calls its own fault, is one."""

    @examples
    @given(st.sampled_from(people), st.sampled_from(places), deeds_of(path))
    def story(person: Any, place: Any, deed: Any) -> None:
        logged = len(world._logs)
        answer = person.sends(deed, place)
        errors = [log for log in world._logs[logged:] if log["log_level"] == "error"]
        if errors:
            raise FaultError(f"{errors[0].get('event')} for {deed!r}")
        match answer.reply:
            case Say(card) | Redraw(card) if card.tone is Tone.DANGER and _is_fault(card):
                raise FaultError(f"{card.title.id} for {deed!r}")
            case _:
                pass

    story()


def _is_fault(card: Any) -> bool:
    """Whether a card says that something broke: see `refusals.broken`."""
    return "reference" in json.dumps([card.title.id, str(card.blocks)])


# Over the wire.


async def _wire(home: Path, url: str, count: int, seed: int) -> list[Finding]:
    async with front(home, url) as on:
        slack, feishu = await _seen(on)
        loop = asyncio.get_running_loop()

        def run(work: Coroutine[Any, Any, int]) -> int:
            return asyncio.run_coroutine_threadsafe(work, loop).result(30)

        def attempt(send: Callable[[Front, Any], Coroutine[Any, Any, int]], payloads: Any) -> None:
            @_examples(count, seed)
            @given(mutants(payloads))
            def story(payload: dict[str, Any]) -> None:
                status = run(send(on, payload))
                if not 200 <= status < 500:
                    raise FaultError(f"{status} for {json.dumps(payload)}")

            story()

        findings = []
        for name, send, payloads in (
            ("Slack", _to_slack, slack),
            ("Feishu", _to_feishu, feishu),
        ):
            what = f"{name}, {len(payloads)} kinds of payload, changed"
            findings.append(
                await asyncio.to_thread(
                    _tried,
                    what,
                    count,
                    partial(attempt, send, payloads),
                )
            )
        errors = Counter(_events(on.log))
        listed = ", ".join(f"{event} × {n}" for event, n in errors.most_common(3))
        findings.append(
            Finding("errors in its log meanwhile", f"{errors.total()} {listed}".rstrip(), "0",
                    holds=not errors and on.is_alive)
        )  # fmt: skip
        return findings


def _events(log: str) -> Iterator[str]:
    for line in log.splitlines():
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            if said["event"].startswith(_ANOTHER_WORKSPACE):
                continue
            # Whom a changed payload names is not there to be answered: the platform says so.
            if said["event"] == "effect.failed" and said["code"] != "fault":
                continue
            if said.get("level") in {"error", "critical"}:
                yield f"{said['event']} {str(said.get('exception', '')).strip()[-200:]}".strip()


async def _seen(on: Front) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What each platform sends while people live with Muster for a while, one of each kind."""
    mei, general = on.slack.team.person("Mei"), on.slack.team.channel("general")
    await mei.types("/warroom open S0", general)
    room = await found(
        lambda: next((c for c in on.slack.team.channels.values() if c.name.endswith("-s0")), None)
    )
    card = await found(lambda: next((m for m in mei.sees(room) if m.is_pinned), None), 60)
    await mei.writes("@Muster whoami", general)
    await mei.reacts("pushpin", card)
    await mei.opens_home()
    await mei.presses(next(iter(card.buttons)), card)
    await mei.types("/item add", room)
    with contextlib.suppress(AssertionError):  # without a modal there is none to send
        await mei.submits()
    li = on.tenant.person("李雷")
    await li.dm("开 F0")
    chat = await found(
        lambda: next((c for c in on.feishu.chats.values() if c.name.endswith(" F0")), None)
    )
    pinned = await found(lambda: next((m for m in li.sees(chat) if m.is_pinned), None), 60)
    await li.writes("@集结 事项 添加 查日志", chat)
    await li.writes("收到", chat, to=pinned)
    await li.reacts("Pin", pinned)
    await li.presses(next(iter(pinned.buttons)), pinned)
    await li.renames(chat, "另一个名字")
    await on.feishu.settled(30)
    slack = {f"{each.kind} {each.name}": each for each in on.slack.deliveries.log}
    told = {event.type: event.payload for event in on.feishu.events.log}
    pressed = {str(number): each for number, each in enumerate(on.feishu.events.callbacks)}
    return (
        [{"kind": each.kind, "payload": each.payload} for each in slack.values()],
        [*told.values(), *pressed.values()],
    )


async def _to_slack(on: Front, delivery: dict[str, Any]) -> int:
    """Signed as Slack does it, and never seen before."""
    payload = delivery.get("payload")
    kind = delivery.get("kind")
    if isinstance(payload, dict):
        for name in ("event_id", "trigger_id"):
            if isinstance(payload.get(name), str):
                payload[name] = secrets.token_hex(8)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if kind == "command" and isinstance(payload, dict):
        flat = {_plain(name): _plain(value) for name, value in payload.items()}
        body = urlencode(flat, errors="replace").encode()
    elif kind == "interaction":
        body = urlencode({"payload": json.dumps(payload)}).encode()
    else:
        body, headers = as_json(payload), {"Content-Type": "application/json"}
    return await _post(on, SLACK, body, headers | on.slack.deliveries.signed(body))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def _to_feishu(on: Front, payload: dict[str, Any]) -> int:
    """Encrypted and signed as Feishu does it; the tokens are right, or nothing would pass."""
    header = payload.get("header")
    if isinstance(header, dict):
        header |= {"token": on.app.verification_token, "app_id": on.app.id}
        header["event_id"] = secrets.token_hex(8)
    event = payload.get("event")
    message = event.get("message") if isinstance(event, dict) else None
    if isinstance(message, dict) and isinstance(message.get("message_id"), str):
        message["message_id"] = f"om_{secrets.token_hex(8)}"
    text = json.loads(json.dumps(payload).encode().decode("ascii"))
    body, headers = _sealed(on, text)
    return await _post(on, EVENTS, body, headers)


def _sealed(on: Front, payload: Any) -> tuple[bytes, dict[str, str]]:
    try:
        return request(on.app, payload, on.feishu.clock.now())
    except UnicodeEncodeError:  # Feishu cannot send half surrogates but escaped, and does not
        clean = json.loads(json.dumps(payload).replace("\\ud", "\\\\ud"))
        return request(on.app, clean, on.feishu.clock.now())


async def _post(on: Front, path: str, body: bytes, headers: dict[str, str]) -> int:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with on.browser.post(on.address + path, data=body, headers=headers) as answer:
            return answer.status
    return 0


# Bytes.


def _parsers(count: int, seed: int) -> list[Finding]:
    good = encrypt(KEY, '{"schema": "2.0"}')
    frame = frames.encode(frames.ping(7))
    texts = st.text(max_size=200) | st.binary(max_size=200).map(
        lambda raw: base64.b64encode(raw).decode()
    )
    near = st.tuples(st.integers(0, len(good) - 1), st.characters()).map(
        lambda change: good[: change[0]] + change[1] + good[change[0] + 1 :]
    )
    almost = st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)).map(
        lambda change: frame[: change[0]] + bytes([change[1]]) + frame[change[0] + 1 :]
    )
    return [
        _only_values("decryption", lambda text: decrypt(KEY, text), texts | near, count, seed),
        _only_values("frames", frames.decode, st.binary(max_size=300) | almost, count, seed),
        _only_values(
            "JSON of the playground",
            lambda raw: readable_json(json.loads(raw)),
            st.binary(max_size=300),
            count,
            seed,
        ),
    ]


def _only_values(
    what: str,
    parse: Callable[[Any], object],
    given_to: st.SearchStrategy[Any],
    count: int,
    seed: int,
) -> Finding:
    """That it parses, or says ValueError, and nothing else."""

    @_examples(count, seed)
    @given(given_to)
    def story(value: Any) -> None:
        with contextlib.suppress(ValueError):
            parse(value)

    return _tried(what, count, story)

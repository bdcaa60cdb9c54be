"""`python -m tests.fakes.feishu --port 8700`: the fake for trying things by hand.

Prints what a bot needs as settings (FEISHU_…), one a line, and who is there, and serves until it is
ended. Lines on standard input are what the first person writes to the bot, and what the bot answers
is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.fakes.feishu.people import Person
from tests.fakes.feishu.server import FakeFeishu


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.fakes.feishu", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--encrypt-key", default="")
    parser.add_argument("--event-url", default="", help="push events here, not by long connection")
    parser.add_argument("--card-url", default="")
    parser.add_argument("--app-id", default="cli_0123456789abcdef")
    parser.add_argument("--app-secret", default="secret")
    parser.add_argument("--people", type=int, default=2, help="how many there are, two at least")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds before each answer")
    try:
        asyncio.run(_serve(parser.parse_args()))
    except KeyboardInterrupt:
        sys.exit(0)


async def _serve(given: argparse.Namespace) -> None:
    async with FakeFeishu(port=given.port) as feishu:
        feishu.limits.on = not given.no_limits
        if given.lag:
            feishu.faults.lag("*", given.lag, times=sys.maxsize)
        tenant = feishu.tenant()
        app = tenant.app(
            id=given.app_id,
            secret=given.app_secret,
            encrypt_key=given.encrypt_key,
            event_url=given.event_url,
            card_url=given.card_url,
        )
        li, han = tenant.person("李雷"), tenant.person("韩梅梅")
        group = tenant.group("值班群", [li, han])
        print(f"FEISHU_DOMAIN={feishu.url}")
        print(f"FEISHU_APP_ID={app.id}\nFEISHU_APP_SECRET={app.secret}")
        print(f"FEISHU_ENCRYPT_KEY={app.encrypt_key}")
        print(f"FEISHU_VERIFICATION_TOKEN={app.verification_token}")
        print(f"# {group.name} {group.id}: 李雷 {li.open_id(app)}, 韩梅梅 {han.open_id(app)}")
        others = [tenant.person(f"员工{number}") for number in range(3, given.people + 1)]
        for person in (li, han, *others):
            print(f"# person {person.open_id(app)} {person.direct(app).id}")
        print("# all", flush=True)
        await asyncio.gather(_converse(li), _print_answers(feishu, li))


async def _converse(person: Person) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip():
            await person.dm(line.strip())
    await asyncio.Event().wait()


async def _print_answers(feishu: FakeFeishu, person: Person) -> None:
    printed: set[str] = set()
    while True:
        await feishu.until(lambda: feishu.messages.keys() - printed, within=1e9)
        for message in [m for m in feishu.messages.values() if m.id not in printed]:
            printed.add(message.id)
            if message.sender is not person.user:
                seen = next((s for s in person.sees(message.chat) if s.message is message), None)
                print(f"[{message.chat.name or '单聊'}]\n{seen.words if seen else '…'}", flush=True)


main()

"""The fake as a program: prints its addresses and credentials, then serves until stopped."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.fakes.slack.server import FakeSlack


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--deliver", metavar="URL", help="where the app listens; else Socket Mode")
    parser.add_argument("--record", metavar="FILE", default="", help="append every call, as JSON")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with FakeSlack(port=options.port, record=options.record) as slack:
        slack.delivers_to(options.deliver)
        slack.limits.on = not options.no_limits
        if options.lag:
            slack.faults.lag(options.lag)
        print(json.dumps(_addresses(slack), indent=2), flush=True)
        await stopped.wait()


def _addresses(slack: FakeSlack) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api,
        "SLACK_BOT_TOKEN": slack.team.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_CLIENT_ID": slack.client_id,
        "SLACK_CLIENT_SECRET": slack.client_secret,
        "team": slack.team.id,
        "authorize_url": slack.authorize_url,
        "control": f"{slack.base}/control/",
    }


if __name__ == "__main__":
    asyncio.run(main())

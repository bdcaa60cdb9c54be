"""What a platform has to be told about Muster before they meet."""

from __future__ import annotations

import json

from bot.bootstrap import registry
from bot.problems import settings_at_fault
from bot.settings import Settings


def slack_manifest(
    settings: Settings, notation: str, *, over_http: bool | None = None, name: str = "Muster"
) -> str:
    """The Slack app manifest for `settings`, as "json" or "yaml".

    Without `over_http`, Slack comes in as it is set up; over the socket if nothing is yet.
    Problem: it cannot be told, for a setting is missing.
    """
    import yaml  # noqa: PLC0415  for this command alone

    from adapters.slack.manifest import manifest  # noqa: PLC0415  likewise

    if over_http is None:
        has_secret = settings.slack_signing_secret.get_secret_value()
        over_http = bool(has_secret and not settings.slack_app_token.get_secret_value())
    with settings_at_fault():
        made = manifest(
            registry().commands.values(),
            name=name,
            prefix=settings.slack_command_prefix,
            public_url=settings.public_url,
            over_socket=not over_http,
            has_oauth=bool(settings.slack_client_id),
        )
    if notation == "yaml":
        return str(yaml.safe_dump(made, allow_unicode=True, sort_keys=False)).rstrip()
    return json.dumps(made, ensure_ascii=False, indent=2)

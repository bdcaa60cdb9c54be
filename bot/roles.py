"""What a process does of all that Muster does, where several share one PostgreSQL: MUSTER_ROLE."""

from __future__ import annotations

from sqlalchemy.engine import make_url

from bot.settings import Settings


def check(settings: Settings) -> None:
    """ValueError, in a sentence, for a role that cannot work with the other settings."""
    if settings.role == "all":
        return
    role = f"MUSTER_ROLE={settings.role}"
    if make_url(settings.database).get_backend_name() != "postgresql":
        message = (
            f"{role} is for several processes on one PostgreSQL: set MUSTER_DATABASE_URL to one, "
            "or MUSTER_ROLE=all."
        )
        raise ValueError(message)
    if settings.playground == "on" or not (settings.has_slack or settings.has_feishu):
        message = (
            f"{role} needs Slack or Feishu: the playground is one process, with MUSTER_ROLE=all."
        )
        raise ValueError(message)
    if settings.role == "web" and not _comes_over_http(settings):
        message = (
            f"{role} takes in what comes over HTTP, and nothing does: Socket Mode "
            "(SLACK_APP_TOKEN) and FEISHU_MODE=long are connections that a worker opens. "
            "Set MUSTER_ROLE=worker, or all."
        )
        raise ValueError(message)


def _comes_over_http(settings: Settings) -> bool:
    has_slack = settings.has_slack and not settings.slack_app_token.get_secret_value()
    return has_slack or any(app.mode == "webhook" for app in settings.all_feishu_apps)

"""The settings of a process: environment variables, and a file `.env` beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"{name!r} is no time zone; say for example Asia/Shanghai"
        raise ValueError(message) from error
    return name


class Settings(BaseSettings):
    """Every setting there is. `.env.example` documents each; a test holds that."""

    model_config = SettingsConfigDict(
        env_prefix="MUSTER_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    #: Where Muster keeps its files.
    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=lambda: Path.home() / ".muster"
    )
    #: An SQLAlchemy URL; empty means an SQLite file in `home`.
    database_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    #: For people and rooms that never chose.
    language: Literal["en", "zh"] = "en"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    #: auto: only while no real platform is set up.
    playground: Literal["auto", "on", "off"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: auto: for people on a terminal, JSON otherwise.
    log_format: Literal["auto", "console", "json"] = "auto"

    @classmethod
    def without_file(cls, **values: Any) -> Self:
        """Settings that no `.env` of the folder at hand gets into."""
        return cls(_env_file=None, **values)  # type: ignore[call-arg]  # pydantic-settings' own

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home / 'muster.db'}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

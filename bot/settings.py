"""The settings of a process: environment variables, files of secrets, and a file `.env`.

The first that has one is believed, in this order.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"{name!r} is no time zone; say for example Asia/Shanghai"
        raise ValueError(message) from error
    return name


def _folder(path: str) -> str:
    if path and not Path(path).is_dir():
        message = f"{path} is no folder: name the one that has a file for each secret"
        raise ValueError(message)
    return path


def _address(url: str) -> str:
    """An address whose password has an @ in it is read as one of another host: a part of it."""
    if url.startswith("sqlite"):
        return url
    before_path = url.partition("://")[2].partition("?")[0].rpartition("/")[0]
    if before_path.count("@") > 1:
        message = (
            "there is an @ in the password; write it as %40 there, or give the password by itself "
            "as MUSTER_DATABASE_PASSWORD"
        )
        raise ValueError(message)
    return url


def _outside(name: str, default: Any = "") -> Any:
    """A setting under the name that the platform's own documents give it."""
    return Field(default, validation_alias=AliasChoices(name, name.lower()))


#: What is set to a secret, and never shown.
Secret = SecretStr
_NONE = SecretStr("")


class FeishuApp(BaseModel):
    """One more app of Feishu's, as FEISHU_APPS has it."""

    model_config = ConfigDict(extra="forbid")

    app_id: str
    app_secret: Secret
    encrypt_key: Secret = _NONE
    verification_token: Secret = _NONE
    mode: Literal["long", "webhook"] = "long"
    domain: str = "feishu"


class UnusableFile(ValueError):  # noqa: N818  it says what is wrong with a file
    """A file of `secrets_dir` cannot be used. It says why, and nothing of what is in it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class _Files(SecretsSettingsSource):
    """The files of `secrets_dir`. One that is empty counts as not there."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """As pydantic-settings calls it. UnusableFile: it is not text, or cannot be read."""
        try:
            value, key, is_complex = super().get_field_value(field, field_name)
        except OSError as error:
            raise UnusableFile(self._path(field_name), error.strerror or "not readable") from error
        except UnicodeDecodeError as error:
            raise UnusableFile(self._path(field_name), "it is no text (UTF-8)") from error
        return (None if value == "" else value), key, is_complex

    def prepare_field_value(
        self,
        field_name: str,
        field: FieldInfo,
        value: Any,
        value_is_complex: bool,  # noqa: FBT001  their signature
    ) -> Any:
        """As pydantic-settings calls it. UnusableFile: it is no JSON, where it should be."""
        try:
            return super().prepare_field_value(field_name, field, value, value_is_complex)
        except ValueError as error:
            raise UnusableFile(self._path(field_name), no_json(error)) from error

    def _path(self, field_name: str) -> Path:
        wanted = Settings.variables()[field_name]
        found = self.find_case_path(self.secrets_paths[0], wanted, case_sensitive=False)
        return found or self.secrets_paths[0] / wanted


def no_json(error: ValueError) -> str:
    """Why a text is no JSON, and where; nothing of the text."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON: {error.msg}, line {error.lineno}, column {error.colno}"
    return "it is no JSON"


class Settings(BaseSettings):
    """Every setting there is. `.env.example` documents each; a test holds that."""

    model_config = SettingsConfigDict(
        env_prefix="MUSTER_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    #: Where Muster keeps its files.
    home: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=lambda: Path.home() / ".muster"
    )
    #: A folder with one file a setting, named as its variable: so containers and systemd hand
    #: secrets over.
    secrets_dir: Annotated[str, AfterValidator(_folder)] = ""
    #: An SQLAlchemy URL; empty means an SQLite file in `home`. It may hold a password.
    database_url: Annotated[str, AfterValidator(_address), Field(repr=False)] = ""
    #: For a `database_url` that has none.
    database_password: Secret = _NONE
    #: What this process does, of several on one PostgreSQL: web takes deliveries in over HTTP,
    #: worker does the rest, all does both.
    role: Literal["all", "web", "worker"] = "all"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    #: Commands that one person, and one workspace, may send in ten seconds; 0: any number.
    person_limit: Annotated[int, Field(ge=0)] = 400
    workspace_limit: Annotated[int, Field(ge=0)] = 3000
    #: For people and rooms that never chose.
    language: Literal["en", "zh"] = "en"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    #: auto: only while no real platform is set up.
    playground: Literal["auto", "on", "off"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: auto: for people on a terminal, JSON otherwise.
    log_format: Literal["auto", "console", "json"] = "auto"

    #: Where people and platforms reach this server: https://muster.example.com. For OAuth.
    public_url: str = ""
    #: Asked for (GET) each minute in which all is well, for an alarm outside that rings without it.
    heartbeat_url: Annotated[str, Field(repr=False)] = ""  # such an address is a secret itself
    #: Seals what is kept encrypted; several, with commas: the first seals, all open.
    secret_key: Secret = _NONE

    #: A collector of OpenTelemetry's, to which traces are sent; needs the extra otel.
    otlp_endpoint: str = _outside("OTEL_EXPORTER_OTLP_ENDPOINT")

    slack_bot_token: Secret = _outside("SLACK_BOT_TOKEN", _NONE)
    slack_signing_secret: Secret = _outside("SLACK_SIGNING_SECRET", _NONE)
    #: With it Slack is reached through Socket Mode, without it over HTTP.
    slack_app_token: Secret = _outside("SLACK_APP_TOKEN", _NONE)
    slack_client_id: str = _outside("SLACK_CLIENT_ID")
    slack_client_secret: Secret = _outside("SLACK_CLIENT_SECRET", _NONE)
    slack_api_url: str = _outside("SLACK_API_URL", "https://slack.com/api/")
    #: Before the name of every slash command, for workspaces where a name is taken.
    slack_command_prefix: str = _outside("SLACK_COMMAND_PREFIX")

    feishu_app_id: str = _outside("FEISHU_APP_ID")
    feishu_app_secret: Secret = _outside("FEISHU_APP_SECRET", _NONE)
    feishu_encrypt_key: Secret = _outside("FEISHU_ENCRYPT_KEY", _NONE)
    feishu_verification_token: Secret = _outside("FEISHU_VERIFICATION_TOKEN", _NONE)
    #: How Feishu comes in: over a connection that Muster opens, or over HTTP.
    feishu_mode: Literal["long", "webhook"] = _outside("FEISHU_MODE", "long")
    #: feishu, lark, or an address.
    feishu_domain: str = _outside("FEISHU_DOMAIN", "feishu")
    #: More apps, of other tenants: JSON, [{"app_id": …, "app_secret": …, …}, …].
    feishu_apps: tuple[FeishuApp, ...] = _outside("FEISHU_APPS", ())

    @classmethod
    def without_file(cls, **values: Any) -> Self:
        """Settings that no `.env` of the folder at hand gets into."""
        return cls(_env_file=None, **values)  # type: ignore[call-arg]  # pydantic-settings' own

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  a hook of theirs
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Called by pydantic-settings: where settings come from, the first before the others."""
        folder = {**dotenv_settings(), **env_settings()}.get("secrets_dir", "")
        if not folder or not Path(folder).is_dir():  # the setting's own check says so
            return (init_settings, env_settings, dotenv_settings)
        files = _Files(settings_cls, secrets_dir=folder)
        return (init_settings, env_settings, files, dotenv_settings)

    @property
    def database(self) -> str:
        """The database's URL, its password in it."""
        password = self.database_password.get_secret_value()
        if not self.database_url:
            return f"sqlite:///{self.home / 'muster.db'}"
        if not password:
            return self.database_url
        from sqlalchemy.engine import make_url  # noqa: PLC0415  most have no password to put in

        url = make_url(self.database_url)
        whole = url if url.password else url.set(password=password)
        return whole.render_as_string(hide_password=False)

    def alone(self) -> Self:
        """The same without any platform: for what must not speak to one."""
        outside = [name for name, variable in self.variables().items() if "MUSTER" not in variable]
        nothing = {name: type(self).model_fields[name].default for name in outside}
        return self.model_copy(update=nothing)

    @property
    def has_slack(self) -> bool:
        """Whether Slack is set up: a workspace's token, or OAuth."""
        has_oauth = self.slack_client_id and self.slack_client_secret.get_secret_value()
        return bool(self.slack_bot_token.get_secret_value() or has_oauth)

    @property
    def has_feishu(self) -> bool:
        """Whether Feishu or Lark is set up."""
        return bool(self.feishu_app_id or self.feishu_apps)

    @property
    def has_any(self) -> bool:
        """Whether a platform outside is set up."""
        return self.has_slack or self.has_feishu

    def check_whole(self) -> None:
        """ValueError, in a sentence, for a platform that is set up by half.

        Nobody would be heard there, and all would look well.
        """
        variables = self.variables()
        slack = "SLACK_BOT_TOKEN, or SLACK_CLIENT_ID with SLACK_CLIENT_SECRET"
        for has, fields, wanted in (
            (self.has_slack, _HALF_OF_SLACK, slack),
            (self.has_feishu, _HALF_OF_FEISHU, "FEISHU_APP_ID"),
        ):
            given = [variables[name] for name in fields if _text(getattr(self, name))]
            if given and not has:
                message = f"{' and '.join(given)} alone will not do: set {wanted}."
                raise ValueError(message)

    @property
    def all_feishu_apps(self) -> tuple[FeishuApp, ...]:
        """Every app of Feishu's and Lark's."""
        if not self.feishu_app_id:
            return self.feishu_apps
        first = FeishuApp(
            app_id=self.feishu_app_id,
            app_secret=self.feishu_app_secret,
            encrypt_key=self.feishu_encrypt_key,
            verification_token=self.feishu_verification_token,
            mode=self.feishu_mode,
            domain=self.feishu_domain,
        )
        return (first, *self.feishu_apps)

    @property
    def secrets(self) -> list[str]:
        """What `secret_key` holds, one by one."""
        given = self.secret_key.get_secret_value().split(",")
        return [each.strip() for each in given if each.strip()]

    @property
    def confidential(self) -> list[str]:
        """Every value that must never be seen: in a log, an error, or what a command prints."""
        values = [getattr(self, name) for name in type(self).model_fields]
        values += [
            getattr(app, name) for app in self.feishu_apps for name in FeishuApp.model_fields
        ]
        found = [each.get_secret_value() for each in values if isinstance(each, SecretStr)]
        password = re.search(r"://[^:@/]*:([^@]+)@", self.database_url)
        found += [password[1], unquote(password[1])] if password else []
        return [each for each in (*found, *self.secrets, self.heartbeat_url) if each]

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of each setting, by the setting's name."""
        found = {}
        for name, each in cls.model_fields.items():
            alias = each.validation_alias
            own = alias.choices[0] if isinstance(alias, AliasChoices) else f"MUSTER_{name.upper()}"
            found[name] = str(own)
        return found

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in {"127.0.0.1", "::1", "localhost"}


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


#: What says, where the rest is missing, that somebody meant to set the platform up.
_HALF_OF_SLACK = (
    "slack_app_token",
    "slack_signing_secret",
    "slack_client_id",
    "slack_client_secret",
)
_HALF_OF_FEISHU = ("feishu_app_secret", "feishu_encrypt_key", "feishu_verification_token")
#: Settings that are no `Secret` by their type, and hold one: an address may have a password in it.
_WITH_SECRETS = {"database_url", "heartbeat_url", "feishu_apps"}
#: The variables that hold secrets.
SECRETS = frozenset(
    variable
    for name, variable in Settings.variables().items()
    if Settings.model_fields[name].annotation is Secret or name in _WITH_SECRETS
)

"""Files in three steps, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.calls import Call
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.messages import Message
from tests.fakes.slack.methods.chat import target
from tests.fakes.slack.posting import Content, content
from tests.fakes.slack.registry import method

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@method("files.getUploadURLExternal", tier=4, scopes="files:write", required="filename length")
def get_upload_url(slack: FakeSlack, call: Call) -> dict[str, Any]:
    length = call.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", "length must be greater than 0")
    url, name = slack.uploads.announce(call.workspace.id, call.text("filename"), length)
    return {"upload_url": url, "file_id": name}


@method("files.completeUploadExternal", tier=4, scopes="files:write", required="files")
def complete_upload(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    given = call.parsed("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise SlackError("invalid_arguments", "files must be an array")
    for one in given:
        announced = slack.uploads.announced.get(one.get("id", ""))
        if announced is None or announced["team"] != team.id:
            raise SlackError("file_not_found")
        if one["id"] not in slack.uploads.contents:
            raise SlackError("file_update_failed")
    names = [call.text("channel_id")] if call.has("channel_id") else call.many("channels")
    channels = [target(_to(call, name)) for name in names]
    files = [_file(slack, call, one) for one in given]
    said = Content(call.text("initial_comment"), [], [], None)
    if call.has("blocks"):
        said = content({"blocks": call.args["blocks"]}, slack.ids)
    for channel in channels:
        message = Message(
            slack.ts(),
            team.id,
            channel.id,
            team.bot.id,
            said.text,
            said.blocks,
            bot_id=team.bot.bot_id,
            app_id=slack.app_id,
            bot_profile=team.bot_profile(),
            files=files,
            thread_ts=call.text("thread_ts"),
            subtype="file_share",
            more={"upload": False},
        )
        channel.messages[message.ts] = message
        for file in files:
            _share(file, channel.kind, channel.id, message)
            event = {
                "type": "file_shared",
                "file_id": file["id"],
                "user_id": team.bot.id,
                "file": {"id": file["id"]},
                "channel_id": channel.id,
            }
            slack.events.tell(team, event, channel)
        slack.events.posted(team, channel, message)
    return {"files": files}


def _to(call: Call, name: str) -> Call:
    """The same call, to one channel."""
    made = Call(call.method, call.verb, json={"channel": name}, at=call.at)
    made.team = call.team
    return made


def _file(slack: FakeSlack, call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """The file object; it is known from now on."""
    team, name = call.workspace, given["id"]
    announced = slack.uploads.announced[name]
    filename = announced["name"]
    kind = filename.rpartition(".")[2].lower() if "." in filename else "text"
    made = {
        "id": name,
        "created": int(slack.clock.now()),
        "timestamp": int(slack.clock.now()),
        "name": filename,
        "title": given.get("title") or filename,
        "mimetype": "text/plain",
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": team.bot.id,
        "user_team": team.id,
        "editable": False,
        "size": announced["length"],
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{slack.base}/files/{name}",
        "url_private_download": f"{slack.base}/files/{name}",
        "permalink": f"{team.url}files/{team.bot.id}/{name}/{filename}",
        "permalink_public": f"{team.url}files/{name}",
        "shares": {},
        "channels": [],
        "groups": [],
        "ims": [],
        "has_more_shares": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    team.files[name] = made
    return made


def _share(file: dict[str, Any], kind: str, channel: str, message: Message) -> None:
    place = {"channel": "channels", "group": "groups", "im": "ims", "mpim": "groups"}[kind]
    file[place].append(channel)
    side = "public" if kind == "channel" else "private"
    share = {"ts": message.ts, "reply_users": [], "reply_users_count": 0, "reply_count": 0}
    file["shares"].setdefault(side, {})[channel] = [share]
    file["is_public"] = file["is_public"] or kind == "channel"


@method("files.info", tier=4, scopes="files:read", required="file")
def info(slack: FakeSlack, call: Call) -> dict[str, Any]:
    found = call.workspace.files.get(call.text("file"))
    if found is None:
        raise SlackError("file_not_found")
    return {"file": found, "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.delete", tier=3, scopes="files:write", required="file")
def delete(slack: FakeSlack, call: Call) -> dict[str, Any]:
    team = call.workspace
    found = team.files.pop(call.text("file"), None)
    if found is None:
        raise SlackError("file_not_found")
    slack.uploads.contents.pop(found["id"], None)
    for channel in team.channels.values():
        for message in channel.messages.values():
            message.files = [one for one in message.files if one["id"] != found["id"]]
    return {}

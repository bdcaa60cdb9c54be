"""Why a platform did not do something, in words for people."""

from __future__ import annotations

from bot.core.text import Code, Inline, t

#: By `Failure.code`.
REASONS = {
    "name_taken": t("the channel's name is taken"),
    "is_archived": t("the channel is archived"),
    "channel_not_found": t("the channel is gone"),
    "channel_deleted": t("the channel was deleted"),
    "user_not_found": t("not known to the platform"),
    "user_disabled": t("account deactivated"),
    "cant_invite": t("may not be invited"),
    "not_allowed": t("the platform does not allow it"),
    "gave_up": t("the platform did not answer for a day"),
    # Slack's words; those above are both platforms'.
    "app_cannot_join_channel": t("an app, which cannot be invited"),
    "cannot_create_channel": t("the workspace's settings do not allow it"),
    "empty_file": t("the file is empty"),
    "file_type_not_allowed": t("the workspace does not allow such files"),
    "file_uploads_disabled": t("the workspace does not allow such files"),
    "file_uploads_except_images_disabled": t("the workspace does not allow such files"),
    "invitee_cant_see_channel": t("cannot see this channel"),
    "message_not_found": t("the message was withdrawn or deleted"),
    "messages_tab_disabled": t("direct messages with Muster are switched off"),
    "missing_scope": t("the app lacks a permission that an administrator can grant"),
    "no_external_invite_permission": t("people from outside may not be invited"),
    "no_permission": t("the workspace's settings do not allow it"),
    "no_such_subteam": t("there is no such user group"),
    "not_in_channel": t("Muster is not in the channel"),
    "not_supported": t("the platform has nothing of the kind"),
    "org_user_not_in_team": t("not in this workspace"),
    "permission_denied": t("the workspace's settings do not allow it"),
    "plan_upgrade_required": t("the workspace's plan does not include it"),
    "posting_to_channel_denied": t("the workspace's settings do not allow it"),
    "restricted_action": t("the workspace's settings do not allow it"),
    "storage_limit_reached": t("the workspace has no room for more files"),
    "ura_max_channels": t("a guest, who may be in one channel only"),
    "user_is_restricted": t("a guest, who may not be invited"),
    "user_not_visible": t("not in this workspace"),
    # Feishu's words, as far as they are not above.
    "address_not_allowed": t("the app may not be used from this server's address"),
    "approval_pending": t("the group's owner has to agree first"),
    "bad_card": t("the platform did not accept the card"),
    "bad_credentials": t("the app's ID or secret is wrong"),
    "bot_is_off": t("the app's bot is switched off"),
    "document_not_found": t("the document is gone"),
    "file_too_large": t("the file is too large"),
    "invalid_request": t("the platform did not understand the request"),
    "no_quota": t("the paid quota for urgent messages is used up"),
    "not_allowed_here": t("the group's settings do not allow it"),
    "not_owner": t("only the group's owner or an administrator may do that"),
    "private_data": t("the text was held back: it looks like private data, such as a phone number"),
    "sensitive_text": t("the text was held back as sensitive"),
    "too_long": t("the text is too long"),
    "too_many_edits": t("the message was edited too many times"),
    "too_many_unread": t("too many people have not read it yet"),
    "too_old": t("the message is too old to be changed"),
    "user_muted_bot": t("does not take messages from the bot"),
    "user_unreachable": t("not among the people who may use the app"),
    # Muster's own.
    "disk_full": t("the disk of the machine that Muster runs on is full"),
    "too_many_files": t("there are too many decisions for a folder: narrow it down"),
}


def reason(code: str) -> Inline:
    """A platform's word for a failure, in words for people; the word itself if there are none."""
    return REASONS.get(code) or Code(code)

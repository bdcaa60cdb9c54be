"""Which scopes an API needs: any one of those listed is enough.

Source: the permission line of each API's page. APIs that are not listed need none, or the page
names none.
"""

from __future__ import annotations

API_SCOPES: dict[str, frozenset[str]] = {
    api: frozenset(scopes.split())
    for api, scopes in {
        "GET /open-apis/application/v6/applications/{app_id}": (
            "admin:app.info:readonly application:application:self_manage"
        ),
        "GET /open-apis/application/v7/app_slash_commands": "application:app_slash_command:read",
        "POST /open-apis/application/v7/app_slash_commands": "application:app_slash_command:write",
        "DELETE /open-apis/application/v7/app_slash_commands/{command_id}": (
            "application:app_slash_command:write"
        ),
        "PATCH /open-apis/application/v7/app_slash_commands/{command_id}": (
            "application:app_slash_command:write"
        ),
        "POST /open-apis/cardkit/v1/cards": "cardkit:card:write",
        "POST /open-apis/cardkit/v1/cards/id_convert": "cardkit:card:read",
        "PUT /open-apis/cardkit/v1/cards/{card_id}": "cardkit:card:write",
        "GET /open-apis/contact/v3/departments": (
            "contact:contact:access_as_app contact:contact:readonly "
            "contact:contact:readonly_as_app contact:department.organize:readonly"
        ),
        "GET /open-apis/contact/v3/departments/{department_id}": (
            "contact:contact.base:readonly contact:contact:access_as_app "
            "contact:contact:readonly contact:contact:readonly_as_app"
        ),
        "GET /open-apis/contact/v3/departments/{department_id}/children": (
            "contact:contact.base:readonly contact:contact:access_as_app "
            "contact:contact:readonly contact:contact:readonly_as_app "
            "contact:department.organize:readonly"
        ),
        "GET /open-apis/contact/v3/scopes": (
            "contact:contact.base:readonly contact:contact:access_as_app "
            "contact:contact:readonly_as_app"
        ),
        "GET /open-apis/contact/v3/users/batch": "contact:contact.base:readonly",
        "POST /open-apis/contact/v3/users/batch_get_id": "contact:user.id:readonly",
        "GET /open-apis/contact/v3/users/{user_id}": (
            "contact:contact.base:readonly contact:contact:access_as_app "
            "contact:contact:readonly contact:contact:readonly_as_app"
        ),
        "POST /open-apis/docx/v1/documents/blocks/convert": "docx:document.block:convert",
        "GET /open-apis/docx/v1/chats/{chat_id}/announcement": "im:chat.announcement:read",
        "GET /open-apis/docx/v1/chats/{chat_id}/announcement/blocks": "im:chat.announcement:read",
        "GET /open-apis/docx/v1/chats/{chat_id}/announcement/blocks/{block_id}": (
            "im:chat.announcement:read"
        ),
        "GET /open-apis/docx/v1/chats/{chat_id}/announcement/blocks/{block_id}/children": (
            "im:chat.announcement:read"
        ),
        "POST /open-apis/docx/v1/chats/{chat_id}/announcement/blocks/{block_id}/children": (
            "im:chat.announcement:write_only"
        ),
        "POST /open-apis/docx/v1/documents": "docx:document docx:document:create",
        "GET /open-apis/docx/v1/documents/{document_id}": "docx:document docx:document:readonly",
        "GET /open-apis/docx/v1/documents/{document_id}/blocks": (
            "docx:document docx:document:readonly"
        ),
        "GET /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}": (
            "docx:document docx:document:readonly"
        ),
        "PATCH /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}": "docx:document",
        "GET /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}/children": (
            "docx:document docx:document:readonly"
        ),
        "POST /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}/children": (
            "docx:document"
        ),
        "GET /open-apis/docx/v1/documents/{document_id}/raw_content": (
            "docx:document docx:document:readonly"
        ),
        "GET /open-apis/drive/v1/permissions/{token}/members": (
            "bitable:app bitable:bitable docs:doc docs:permission.member:retrieve "
            "drive:drive sheets:spreadsheet wiki:wiki"
        ),
        "POST /open-apis/drive/v1/permissions/{token}/members": (
            "bitable:app bitable:bitable docs:doc docs:permission.member:create drive:drive "
            "drive:file sheets:spreadsheet wiki:wiki"
        ),
        "GET /open-apis/drive/v1/permissions/{token}/public": (
            "bitable:bitable docs:doc docs:permission.setting:read drive:drive "
            "drive:drive:readonly drive:file sheets:spreadsheet wiki:wiki"
        ),
        "PATCH /open-apis/drive/v1/permissions/{token}/public": (
            "bitable:bitable docs:doc docs:permission.setting:write_only drive:drive "
            "drive:file sheets:spreadsheet wiki:wiki"
        ),
        "GET /open-apis/drive/v2/permissions/{token}/public": (
            "bitable:bitable docs:doc docs:permission.setting:read docx:document "
            "drive:drive drive:drive:readonly drive:file sheets:spreadsheet wiki:wiki"
        ),
        "PATCH /open-apis/drive/v2/permissions/{token}/public": (
            "bitable:bitable docs:doc docs:permission.setting:write_only docx:document "
            "drive:drive drive:file sheets:spreadsheet wiki:wiki"
        ),
        "POST /open-apis/ephemeral/v1/send": "im:message im:message:send_as_bot im:message:update",
        "GET /open-apis/im/v1/chats": (
            "im:chat im:chat.group_info:readonly im:chat:read im:chat:readonly"
        ),
        "POST /open-apis/im/v1/chats": "im:chat im:chat:create",
        "DELETE /open-apis/im/v1/chats/{chat_id}": "im:chat im:chat:delete",
        "GET /open-apis/im/v1/chats/{chat_id}": "im:chat im:chat:read im:chat:readonly",
        "PUT /open-apis/im/v1/chats/{chat_id}": "im:chat im:chat:update",
        "GET /open-apis/im/v1/chats/{chat_id}/announcement": (
            "im:chat im:chat.announcement:read im:chat:readonly"
        ),
        "PATCH /open-apis/im/v1/chats/{chat_id}/announcement": (
            "im:chat im:chat.announcement:write_only"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/chat_tabs": "im:chat im:chat.tabs:write_only",
        "DELETE /open-apis/im/v1/chats/{chat_id}/chat_tabs/delete_tabs": (
            "im:chat im:chat.tabs:write_only"
        ),
        "GET /open-apis/im/v1/chats/{chat_id}/chat_tabs/list_tabs": (
            "im:chat im:chat.tabs:read im:chat:readonly"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/chat_tabs/update_tabs": (
            "im:chat im:chat.tabs:write_only"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/managers/add_managers": (
            "im:chat im:chat.managers:write_only"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/managers/delete_managers": (
            "im:chat im:chat.managers:write_only"
        ),
        "DELETE /open-apis/im/v1/chats/{chat_id}/members": "im:chat im:chat.members:write_only",
        "GET /open-apis/im/v1/chats/{chat_id}/members": (
            "im:chat im:chat.group_info:readonly im:chat.members:read im:chat:readonly"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/members": "im:chat im:chat.members:write_only",
        "GET /open-apis/im/v1/chats/{chat_id}/members/is_in_chat": (
            "im:chat im:chat.group_info:readonly im:chat.members:read im:chat:readonly"
        ),
        "PATCH /open-apis/im/v1/chats/{chat_id}/members/me_join": (
            "im:chat im:chat.members:write_only"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/top_notice/delete_top_notice": (
            "im:chat im:chat.top_notice:write_only"
        ),
        "POST /open-apis/im/v1/chats/{chat_id}/top_notice/put_top_notice": (
            "im:chat im:chat.top_notice:write_only"
        ),
        "POST /open-apis/im/v1/files": "im:resource im:resource:upload",
        "POST /open-apis/im/v1/images": "im:resource im:resource:upload",
        "GET /open-apis/im/v1/messages": (
            "im:message im:message.history:readonly im:message:readonly"
        ),
        "POST /open-apis/im/v1/messages": "im:message im:message:send im:message:send_as_bot",
        "DELETE /open-apis/im/v1/messages/{message_id}": (
            "im:message im:message:recall im:message:send_as_bot"
        ),
        "GET /open-apis/im/v1/messages/{message_id}": "im:message im:message:readonly",
        "PATCH /open-apis/im/v1/messages/{message_id}": (
            "im:message im:message:send_as_bot im:message:update"
        ),
        "PUT /open-apis/im/v1/messages/{message_id}": (
            "im:message im:message:send_as_bot im:message:update"
        ),
        "GET /open-apis/im/v1/messages/{message_id}/reactions": (
            "im:message.reactions:read im:message:readonly"
        ),
        "POST /open-apis/im/v1/messages/{message_id}/reactions": (
            "im:message im:message.reactions:write_only"
        ),
        "DELETE /open-apis/im/v1/messages/{message_id}/reactions/{reaction_id}": (
            "im:message im:message.reactions:write_only"
        ),
        "GET /open-apis/im/v1/messages/{message_id}/read_users": (
            "im:message im:message:basic im:message:readonly"
        ),
        "POST /open-apis/im/v1/messages/{message_id}/reply": (
            "im:message im:message:send im:message:send_as_bot"
        ),
        "GET /open-apis/im/v1/messages/{message_id}/resources/{file_key}": (
            "im:message im:message.history:readonly im:message:readonly"
        ),
        "PATCH /open-apis/im/v1/messages/{message_id}/urgent_app": (
            "im:message.urgent im:message.urgent:app_send"
        ),
        "PATCH /open-apis/im/v1/messages/{message_id}/urgent_phone": (
            "im:message.urgent:phone im:message.urgent:phone_send"
        ),
        "PATCH /open-apis/im/v1/messages/{message_id}/urgent_sms": (
            "im:message.urgent:sms im:message.urgent:sms_send"
        ),
        "GET /open-apis/im/v1/pins": "im:message im:message.pins:read im:message:readonly",
        "POST /open-apis/im/v1/pins": (
            "im:message im:message.pins:write_only im:message:send_as_bot"
        ),
        "DELETE /open-apis/im/v1/pins/{message_id}": (
            "im:message im:message.pins:write_only im:message:send_as_bot"
        ),
        "POST /open-apis/interactive/v1/card/update": (
            "im:message im:message:send_as_bot im:message:update"
        ),
        "GET /open-apis/tenant/v2/tenant/query": (
            "tenant:tenant.product_assign_info:read tenant:tenant:readonly"
        ),
        (
            "DELETE /open-apis/docx/v1/chats/{chat_id}/announcement/blocks/{block_id}"
            "/children/batch_delete"
        ): ("im:chat.announcement:write_only"),
        "POST /open-apis/docx/v1/documents/{document_id}/blocks/{block_id}/descendant": (
            "docx:document"
        ),
        "POST /open-apis/ephemeral/v1/delete": (
            "im:message im:message:send_as_bot im:message:update"
        ),
    }.items()
}

#: Whoever has one of these sees every field of the contacts.
ALL_FIELDS = (
    "contact:contact:access_as_app",
    "contact:contact:readonly",
    "contact:contact:readonly_as_app",
)
#: The scope that unlocks a field of a user; fields without their scope are silently absent.
USER_FIELDS = {
    "name": "contact:user.base:readonly",
    "en_name": "contact:user.base:readonly",
    "nickname": "contact:user.base:readonly",
    "avatar": "contact:user.base:readonly",
    "email": "contact:user.email:readonly",
    "mobile": "contact:user.phone:readonly",
    "user_id": "contact:user.employee_id:readonly",
    "department_ids": "contact:user.department:readonly",
    "leader_user_id": "contact:user.department:readonly",
    "orders": "contact:user.department:readonly",
    "status": "contact:user.employee:readonly",
    "city": "contact:user.employee:readonly",
    "country": "contact:user.employee:readonly",
    "job_title": "contact:user.employee:readonly",
    "is_tenant_manager": "contact:user.employee:readonly",
}
#: The scope that unlocks a field of a department (which field needs which is not documented
#: field by field: these two are the listed ones).
DEPARTMENT_FIELDS = {
    "name": "contact:department.base:readonly",
    "i18n_name": "contact:department.base:readonly",
    "parent_department_id": "contact:department.organize:readonly",
    "leader_user_id": "contact:department.organize:readonly",
    "leaders": "contact:department.organize:readonly",
    "chat_id": "contact:department.organize:readonly",
    "member_count": "contact:department.organize:readonly",
}
#: Messages in groups that do not mention the bot reach it only with this.
EVERY_GROUP_MESSAGE = "im:message.group_msg"
USER_ID = "contact:user.employee_id:readonly"

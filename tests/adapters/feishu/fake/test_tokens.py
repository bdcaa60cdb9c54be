from __future__ import annotations

import pytest

from tests.adapters.feishu.fake.town import Town, told
from tests.fakes.feishu.scopes import API_SCOPES


@told
async def test_a_token_lives_two_hours_and_is_given_again_while_it_is_young(town: Town) -> None:
    assert await town.sign_in() == town.token
    town.feishu.clock.advance(5000)
    assert await town.sign_in() in town.app.tokens
    first = town.token
    town.feishu.clock.advance(1000)  # less than half an hour is left now
    assert await town.sign_in() != first
    town.feishu.clock.advance(1300)
    second, town.token = town.token, first
    assert await town.fails("GET", "bot/v3/info") == 99991663
    town.token = second
    assert (await town.call("GET", "bot/v3/info"))[0] == 200


@told
async def test_wrong_secrets_and_missing_tokens(town: Town) -> None:
    url = f"{town.feishu.url}/open-apis/auth/v3/tenant_access_token/internal"
    for body, code in (
        ({"app_id": town.app.id, "app_secret": "no"}, 10014),
        ({"app_id": "cli_0000000000000000", "app_secret": "no"}, 10003),
    ):
        async with town.session.post(url, json=body) as response:
            assert (await response.json())["code"] == code
    async with town.session.get(f"{town.feishu.url}/open-apis/bot/v3/info") as response:
        assert (await response.json())["code"] == 99991661
    town.app.tokens.clear()
    assert await town.fails("GET", "bot/v3/info") == 99991663


@told
async def test_the_app_access_token_serves_as_well(town: Town) -> None:
    url = f"{town.feishu.url}/open-apis/auth/v3/app_access_token/internal"
    body = {"app_id": town.app.id, "app_secret": town.app.secret}
    async with town.session.post(url, json=body) as response:
        answer = await response.json()
    assert answer["app_access_token"] == answer["tenant_access_token"]
    assert answer["expire"] > 600


@told
async def test_any_one_of_the_scopes_is_enough(town: Town) -> None:
    town.app.scopes = set()
    status, envelope = await town.call("GET", f"im/v1/chats/{town.group.id}")
    assert (status, envelope["code"]) == (400, 99991672)
    subjects = {each["subject"] for each in envelope["error"]["permission_violations"]}
    assert subjects == API_SCOPES["GET /open-apis/im/v1/chats/{chat_id}"]
    town.app.grant("im:chat:read")
    await town.does("GET", f"im/v1/chats/{town.group.id}")
    town.app.revoke("im:chat:read")
    assert await town.fails("GET", f"im/v1/chats/{town.group.id}") == 99991672


@told
async def test_contact_fields_are_silently_absent_without_their_scopes(town: Town) -> None:
    path = f"contact/v3/users/{town.li.open_id(town.app)}"
    town.app.scopes = {"contact:contact.base:readonly"}
    user = (await town.does("GET", path))["user"]
    assert set(user) == {"open_id", "union_id"}
    town.app.grant("contact:user.department:readonly")
    user = (await town.does("GET", path))["user"]
    assert user["leader_user_id"] == town.boss.open_id(town.app)
    assert "name" not in user
    town.app.grant("contact:contact:readonly")
    user = (await town.does("GET", path))["user"]
    assert (user["name"], user["email"]) == ("李雷", "li@example.com")


@told
async def test_each_app_knows_people_by_its_own_open_ids(town: Town) -> None:
    other = town.tenant.app("别的")
    assert town.li.open_id(other) != town.li.open_id(town.app)
    assert town.li.user.union_id.startswith("on_")
    path = f"contact/v3/users/{town.li.open_id(other)}"
    assert await town.fails("GET", path) == 99992361
    assert await town.fails("GET", "contact/v3/users/ou_nobody") == 99992351


@told
async def test_people_outside_the_availability_are_not_shown(town: Town) -> None:
    town.app.visible = {town.li.user}
    assert await town.fails("GET", f"contact/v3/users/{town.han.open_id(town.app)}") == 41050
    body = {"receive_id": town.han.open_id(town.app), "msg_type": "text", "content": '{"text":"a"}'}
    assert await town.fails("POST", "im/v1/messages", body, receive_id_type="open_id") == 230013


@told
async def test_departments_and_their_heads(town: Town) -> None:
    department = town.tenant.department("支付", leader=town.boss)
    town.li.user.departments.append(department)
    user = (await town.does("GET", f"contact/v3/users/{town.li.open_id(town.app)}"))["user"]
    [found] = user["department_ids"]
    shown = (await town.does("GET", f"contact/v3/departments/{found}"))["department"]
    assert (shown["name"], shown["leader_user_id"]) == ("支付", town.boss.open_id(town.app))
    assert shown["leaders"][0]["leaderID"] == town.boss.open_id(town.app)
    children = await town.does("GET", "contact/v3/departments/0/children")
    assert [each["name"] for each in children["items"]] == ["支付"]
    town.app.scopes = {"contact:contact.base:readonly"}
    shown = (await town.does("GET", f"contact/v3/departments/{found}"))["department"]
    assert "leader_user_id" not in shown


@told
async def test_people_are_found_by_email_and_in_batches(town: Town) -> None:
    body = {"emails": ["li@example.com", "nobody@example.com"]}
    known, unknown = (await town.does("POST", "contact/v3/users/batch_get_id", body))["user_list"]
    assert known["user_id"] == town.li.open_id(town.app)
    assert unknown == {"email": "nobody@example.com"}
    headers = {"Authorization": f"Bearer {town.token}"}
    ids = [("user_ids", person.open_id(town.app)) for person in (town.li, town.han)]
    url = f"{town.feishu.url}/open-apis/contact/v3/users/batch"
    async with town.session.get(url, params=ids, headers=headers) as response:
        items = (await response.json())["data"]["items"]
    assert [each["name"] for each in items] == ["李雷", "Han Meimei"]


@told
async def test_slash_commands_are_registered_changed_and_removed(town: Town) -> None:
    path = "application/v7/app_slash_commands"
    text = {"default_value": "Open", "i18n": {"zh_cn": "开群", "en_us": "Open"}}
    made = await town.does("POST", path, {"command": "open", "description": text})
    assert await town.fails("POST", path, {"command": "open", "description": text}) == 131001
    assert await town.fails("POST", path, {"command": "/x", "description": text}) == 99992402
    changed = {"description": {"default_value": "Open a room"}}
    await town.does("PATCH", f"{path}/{made['command_id']}", changed)
    [listed] = (await town.does("GET", path, page_size="50"))["items"]
    assert listed["description"] == changed["description"]
    await town.does("DELETE", f"{path}/{made['command_id']}")
    assert (await town.does("GET", path))["items"] == []
    town.app.revoke("application:app_slash_command:write")
    assert await town.fails("POST", path, {"command": "b", "description": text}) == 99991672


@pytest.mark.parametrize("has_bot", [True, False])
def test_the_bot_and_the_tenant(has_bot: bool) -> None:
    async def story(town: Town) -> None:
        town.app.has_bot = has_bot
        status, envelope = await town.call("GET", "bot/v3/info")
        assert status == (200 if has_bot else 400)
        assert envelope["code"] == (0 if has_bot else 230006)
        tenant = (await town.does("GET", "tenant/v2/tenant/query"))["tenant"]
        assert tenant["tenant_key"] == town.tenant.tenant.key
        found = (await town.does("GET", f"application/v6/applications/{town.app.id}"))["app"]
        assert found["app_id"] == town.app.id

    told(story)()

"""People and departments, as far as the app may see them. contact/v3.

A field that the app has no scope for is silently absent, and a person outside its range is refused.
"""

from __future__ import annotations

from adapters.feishu.client import FeishuClient, Json, part

CONTACT = "/open-apis/contact/v3"


async def user(client: FeishuClient, open_id: str) -> Json:
    """open_id, and where the scopes allow name, en_name, leader_user_id, department_ids, status."""
    query = {"user_id_type": "open_id", "department_id_type": "open_department_id"}
    data = await client.call("GET", f"{CONTACT}/users/{part(open_id)}", query=query)
    found = data.get("user")
    return found if isinstance(found, dict) else {}


async def department(client: FeishuClient, department_id: str) -> Json:
    """open_department_id, name, and where allowed leader_user_id, leaders, parent_department_id."""
    query = {"user_id_type": "open_id", "department_id_type": "open_department_id"}
    path = f"{CONTACT}/departments/{part(department_id)}"
    data = await client.call("GET", path, query=query)
    found = data.get("department")
    return found if isinstance(found, dict) else {}


async def ids_by_email(client: FeishuClient, emails: tuple[str, ...]) -> dict[str, str]:
    """open_ids by address, of those who are known; at most 50 addresses."""
    path, query = f"{CONTACT}/users/batch_get_id", {"user_id_type": "open_id"}
    data = await client.call("POST", path, query=query, body={"emails": list(emails)})
    found = data.get("user_list") or []
    return {each["email"]: each["user_id"] for each in found if each.get("user_id")}

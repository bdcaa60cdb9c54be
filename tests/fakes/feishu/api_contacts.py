"""People and departments, as far as an app may see them."""

from __future__ import annotations

from typing import Any

from tests.fakes.feishu.errors import Refusal
from tests.fakes.feishu.org import Department, User
from tests.fakes.feishu.wire import Answer, Call, api


@api("GET", "contact/v3/users/batch")
async def batch(call: Call) -> Answer:
    ids = call.query.getall("user_ids", [])
    if not 1 <= len(ids) <= 50:
        raise Refusal(99992402, "user_ids must be 1 to 50")
    found = [call.tenant.find(each, call.app, call.user_id_type) for each in ids]
    seen = [user for user in found if user and call.app.reaches(user)]
    return {"items": [user.shown(call.app, call.user_id_type) for user in seen]}


@api("GET", "contact/v3/users/{user_id}")
async def get(call: Call) -> Answer:
    user = call.user(call.path["user_id"])
    if not call.app.reaches(user):
        raise Refusal(41050)
    return {"user": user.shown(call.app, call.user_id_type)}


@api("POST", "contact/v3/users/batch_get_id")
async def batch_get_id(call: Call) -> Answer:
    listed: list[dict[str, Any]] = []
    for name, attribute in (("emails", "email"), ("mobiles", "mobile")):
        listed += [
            {attribute: each} | _identified(call, attribute, each)
            for each in call.body.get(name, [])
        ]
    return {"user_list": listed}


def _identified(call: Call, attribute: str, value: str) -> dict[str, Any]:
    for user in call.tenant.users:
        known = getattr(user, attribute) == value and call.app.reaches(user)
        if known and (call.body.get("include_resigned") or not user.is_resigned):
            return {"user_id": user.id(call.app, call.user_id_type), "status": user.status}
    return {}


@api("GET", "contact/v3/departments/{department_id}")
async def department(call: Call) -> Answer:
    return {"department": _department(call).shown(call.app, call.user_id_type)}


@api("GET", "contact/v3/departments/{department_id}/children")
async def children(call: Call) -> Answer:
    parent = None if call.path["department_id"] == "0" else _department(call)
    found = [each for each in call.tenant.departments if each.parent is parent]
    return call.page([each.shown(call.app, call.user_id_type) for each in found], 10, 50)


def _department(call: Call) -> Department:
    kind = call.query.get("department_id_type", "open_department_id")
    for each in call.tenant.departments:
        own = each.open_id if kind == "open_department_id" else each.department_id
        if own == call.path["department_id"]:
            return each
    raise Refusal(40004)


@api("GET", "contact/v3/scopes")
async def scopes(call: Call) -> Answer:
    people: list[User] = [user for user in call.tenant.users if call.app.reaches(user)]
    page = call.page([user.id(call.app, call.user_id_type) for user in people], 50)
    departments = [] if call.app.visible is not None else ["0"]
    return {"department_ids": departments, "group_ids": [], "has_more": page["has_more"],
            "user_ids": page["items"], "page_token": page.get("page_token", "")}  # fmt: skip

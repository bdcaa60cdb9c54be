"""Alembic's way in: does what storage/migrate.py asks for, on the connection that it hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


def render_item(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Plain types: a migration must mean the same when the code has long changed."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


conn: Connection = context.config.attributes["connection"]
context.configure(
    connection=conn,
    target_metadata=SQLModel.metadata,
    render_item=render_item,
    render_as_batch=conn.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()

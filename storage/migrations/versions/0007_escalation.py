"""Escalation: what is watched, the steps of climbs, parcels, choices, policies."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
#: When everything that is open is looked at first: as soon as Muster is there again.
_SOON = datetime(2000, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    _add_policy()
    _add_preference()
    _add_climb()
    _add_parcel()
    _add_room()
    _add_step()
    _watch_what_is_open()


def _add_policy() -> None:
    op.create_table(
        "escalation_policy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policies", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_escalation_policy_by")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_escalation_policy_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_policy")),
        sa.UniqueConstraint(
            "workspace_id", "version", name=op.f("uq_escalation_policy_workspace_id_version")
        ),
        sqlite_autoincrement=True,
    )


def _add_preference() -> None:
    op.create_table(
        "escalation_preference",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiet", sa.String(), nullable=True),
        sa.Column("backup_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["backup_id"], ["person.id"], name=op.f("fk_escalation_preference_backup_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_escalation_preference_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_preference")),
        sa.UniqueConstraint("person_id", name=op.f("uq_escalation_preference_person_id")),
        sqlite_autoincrement=True,
    )


def _add_climb() -> None:
    op.create_table(
        "escalation_climb",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("lap", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["person.id"], name=op.f("fk_escalation_climb_asker_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["person.id"], name=op.f("fk_escalation_climb_holder_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_escalation_climb_owner_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_escalation_climb_room_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_escalation_climb_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_climb")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_escalation_climb_kind_subject_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_escalation_climb_due", "escalation_climb", ["workspace_id", "next_at"], unique=False
    )
    op.create_index(
        "ix_escalation_climb_room", "escalation_climb", ["room_id", "phase"], unique=False
    )


def _add_parcel() -> None:
    op.create_table(
        "escalation_parcel",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("box", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_escalation_parcel_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_escalation_parcel_room_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_escalation_parcel_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_parcel")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_escalation_parcel_box", "escalation_parcel", ["box", "send_at"], unique=False
    )
    op.create_index(
        "ix_escalation_parcel_person", "escalation_parcel", ["person_id", "send_at"], unique=False
    )


def _add_room() -> None:
    op.create_table(
        "escalation_room",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("sponsor_id", sa.Integer(), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["paused_by"], ["person.id"], name=op.f("fk_escalation_room_paused_by")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_escalation_room_room_id")),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["person.id"], name=op.f("fk_escalation_room_sponsor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_room")),
        sa.UniqueConstraint("room_id", name=op.f("uq_escalation_room_room_id")),
        sqlite_autoincrement=True,
    )


def _add_step() -> None:
    op.create_table(
        "escalation_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("climb_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("lap", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parcel_id", sa.Integer(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.String(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["climb_id"], ["escalation_climb.id"], name=op.f("fk_escalation_step_climb_id")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["escalation_parcel.id"], name=op.f("fk_escalation_step_parcel_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_escalation_step_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_step")),
        sa.UniqueConstraint(
            "climb_id",
            "cycle",
            "number",
            "how",
            name=op.f("uq_escalation_step_climb_id_cycle_number_how"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_escalation_step_parcel", "escalation_step", ["parcel_id"], unique=False)


def _watch_what_is_open() -> None:
    """From now on, so that what is old already does not climb all at once."""
    given = {"at": _SOON, "payload": '{"do": "escalation watch anew", "v": 1, "with": {}}'}
    statement = sa.text(
        "INSERT INTO timer (key, workspace_id, due_at, payload)"
        " SELECT 'watch-anew:' || id, id, :at, :payload FROM workspace"
    ).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))
    op.get_bind().execute(statement, given)

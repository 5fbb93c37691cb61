"""The first tables. Written out, not taken from the models: this step stays what it was when they move on."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)

_AUDIT_SQLITE = (
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is appended to'); END",
    "CREATE TRIGGER audit_undeleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is appended to'); END",
)
_AUDIT_POSTGRESQL = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is appended to'; END $$",
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_untruncated BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:
    _create_conversation()
    _create_findings()
    _create_papers()
    _create_files_and_audit()
    for statement in _AUDIT_SQLITE if op.get_bind().dialect.name == "sqlite" else _AUDIT_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first tables")


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable, autoincrement=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, _TIME, nullable=False)


def _serial() -> sa.Column[int]:
    return sa.Column("id", _SERIAL, nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(table: str, columns: tuple[str, ...], to: str, to_columns: tuple[str, ...]) -> sa.ForeignKeyConstraint:
    targets = [f"{to}.{column}" for column in to_columns]
    return sa.ForeignKeyConstraint(columns, targets, name=f"fk_{table}_{'_'.join(columns)}", ondelete="CASCADE")


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    return _refers(table, ("session_id",), "sessions", ("id",))


def _of_turn(table: str) -> sa.ForeignKeyConstraint:
    return _refers(table, ("session_id", "turn"), "turns", ("session_id", "number"))


def _create_conversation() -> None:
    op.create_table("sessions", _text("id"), _text("owner"), _moment("created"), _text("label"), _key("sessions", "id"))
    op.create_index("ix_sessions_owner", "sessions", ["owner"])
    op.create_table(
        "images",
        _text("session_id"),
        _number("number"),
        _text("patient_key", nullable=True),
        _moment("added"),
        _text("document"),
        _key("images", "session_id", "number"),
        _of_session("images"),
    )
    op.create_table(
        "turns",
        _text("session_id"),
        _number("number"),
        _text("client_id", nullable=True),
        _text("user_text"),
        _text("images"),
        _text("status"),
        _moment("began"),
        _moment("heartbeat"),
        _text("runner_host"),
        _number("runner_pid"),
        _text("runner_started"),
        _text("document", nullable=True),
        _key("turns", "session_id", "number"),
        _of_session("turns"),
        sa.UniqueConstraint("session_id", "client_id", name="uq_turns_session_id_client_id"),
    )
    op.create_index("ix_turns_status", "turns", ["status"])
    op.create_table(
        "tool_calls",
        _text("session_id"),
        _number("turn"),
        _number("position"),
        _text("document"),
        _key("tool_calls", "session_id", "turn", "position"),
        _of_turn("tool_calls"),
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        _text("session_id"),
        _number("number"),
        _number("turn", nullable=True),
        _number("image"),
        _text("document"),
        _key("findings", "session_id", "number"),
        _of_session("findings"),
        _of_turn("findings"),
        _refers("findings", ("session_id", "image"), "images", ("session_id", "number")),
    )
    op.create_table(
        "reviews",
        _text("session_id"),
        _number("finding"),
        _number("position"),
        _text("event"),
        _text("by"),
        _moment("at"),
        _number("turn", nullable=True),
        _text("document"),
        _key("reviews", "session_id", "finding", "position"),
        _refers("reviews", ("session_id", "finding"), "findings", ("session_id", "number")),
    )


def _create_papers() -> None:
    op.create_table(
        "exports",
        _serial(),
        _text("session_id"),
        _text("format"),
        _text("artifact"),
        _text("digest"),
        _moment("at"),
        _key("exports", "id"),
        _of_session("exports"),
    )
    op.create_index("ix_exports_session_id", "exports", ["session_id"])
    op.create_table(
        "signatures",
        _serial(),
        _text("session_id"),
        _text("document"),
        _key("signatures", "id"),
        _of_session("signatures"),
    )
    op.create_index("ix_signatures_session_id", "signatures", ["session_id"])
    op.create_table(
        "flags",
        _serial(),
        _text("session_id"),
        _number("turn"),
        _text("note"),
        _text("by"),
        _moment("at"),
        _key("flags", "id"),
        _of_turn("flags"),
    )
    op.create_index("ix_flags_session_id", "flags", ["session_id"])


def _create_files_and_audit() -> None:
    op.create_table(
        "artifacts",
        _text("session_id"),
        _text("name"),
        _moment("added"),
        _key("artifacts", "session_id", "name"),
        _of_session("artifacts"),
    )
    op.create_index("ix_artifacts_name", "artifacts", ["name"])
    op.create_table("doomed_artifacts", _text("name"), _moment("added"), _key("doomed_artifacts", "name"))
    op.create_table(
        "audit",
        _serial(),
        _text("session_id"),
        _moment("at"),
        _text("actor"),
        _text("action"),
        _text("detail"),
        _key("audit", "id"),
    )
    op.create_index("ix_audit_session_id", "audit", ["session_id"])

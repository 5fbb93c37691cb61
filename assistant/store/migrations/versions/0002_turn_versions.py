"""A turn may be the newer version of another: a question asked anew or in other words."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("replaces", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("turns", "replaces")

"""A turn knows how many files came with it, so that one that was cut off can say that a picture was not kept."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("uploads", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("turns", "uploads")

"""Alembic's entry: the store hands its connection over; a developer gives an address with `-x url=...`.

alembic -c assistant/store/migrations/alembic.ini -x url=sqlite:///scratch.db upgrade head
alembic -c assistant/store/migrations/alembic.ini -x url=sqlite:///scratch.db revision --autogenerate -m "..."
"""

from alembic import context
from sqlalchemy import Connection, create_engine

from assistant.store.tables import Row

__all__: list[str] = []


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as own:
        _run(own)
    engine.dispose()

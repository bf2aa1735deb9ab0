import sqlalchemy as sa

from gis.db import queue

JOBS = sa.text("select task_name, lock, args, status::text from procrastinate_jobs order by id")


def test_a_job_is_there_when_its_transaction_commits(engine):
    with engine.begin() as connection:
        number = queue.defer(connection, "tiles.warm", layers=["grids"])
    with engine.connect() as connection:
        assert connection.execute(JOBS).all() == [("tiles.warm", "tiles.warm", {"layers": ["grids"]}, "todo")]
    assert number > 0


def test_a_job_is_gone_when_its_transaction_rolls_back(engine):
    with engine.connect() as connection:
        transaction = connection.begin()
        queue.defer(connection, "tiles.warm")
        transaction.rollback()
        assert connection.execute(JOBS).all() == []

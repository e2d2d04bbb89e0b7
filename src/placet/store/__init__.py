"""The database: SQLAlchemy Core tables and the queries of each room.  A projection of the log."""

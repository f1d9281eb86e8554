from django.db import migrations


class Migration(migrations.Migration):
    """The table of kept answers (core/kept.py) as createcachetable would make it, but outside the write-ahead log.

    What is kept for 20 seconds need not survive a crash, and nobody who searches should wait for a disk.
    """

    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE IF NOT EXISTS cache_kept (
                cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
            CREATE INDEX IF NOT EXISTS cache_kept_expires ON cache_kept (expires);
            ALTER TABLE cache_kept SET UNLOGGED;
            """,
            migrations.RunSQL.noop,
        )
    ]

"""All SQL: runs, groups, the database file, migrations."""

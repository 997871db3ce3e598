import sqlite_utils
open("queries.db", "w").write("id,query\n" * 200)
db = sqlite_utils.Database("queries.db")
print(db.table_names())

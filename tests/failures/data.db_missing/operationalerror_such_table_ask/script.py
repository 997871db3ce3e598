import sqlite_utils
db = sqlite_utils.Database("q.db")
rows = list(db["ask_ai_queries"].rows_where(order_by="created_at desc"))
for row in db.query("select * from ask_ai_queries"): print(row)

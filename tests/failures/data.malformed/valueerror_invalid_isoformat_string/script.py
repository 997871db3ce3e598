from datetime import datetime
rows = [{"created_at": "2024-01-01"}, {"created_at": "yesterday"}]
def newest(rows): return max(datetime.fromisoformat(r["created_at"]) for r in rows)
newest(rows)

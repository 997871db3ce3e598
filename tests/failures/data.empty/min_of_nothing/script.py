def longest(rows): return max(len(r) for r in rows)
print("longest row:", longest([]))

import csv
open("t.csv", "wb").write(b"a,b\n\x00\x00,1\n" * 3)
for row in csv.DictReader(open("t.csv"), strict=True): float(row["b"]); assert "\0" not in row["a"], "t.csv: NUL byte in column a"

import csv
def load(p):
    with open(p, newline="") as f: return [(int(r["id"]), r["text"]) for r in csv.DictReader(f)]
open("t.csv", "w").write("text;id\na;1\n")
load("t.csv")

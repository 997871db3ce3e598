import csv
def read(path):
    out = []
    for row in csv.reader(open(path)):
        out.append((row[0], int(row[2]))) #F
    return out
read("t.csv")

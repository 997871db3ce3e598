import csv
def rows():
    for row in csv.DictReader(open("train.csv")):
        yield row["text"], row["label"] #F
print(len(list(rows())))

import csv
open("train.csv", "w").write("1.0,0\nn/a,1\n")
def read_rows(path):
    return [[float(value) for value in row] for row in csv.reader(open(path))]
read_rows("train.csv")

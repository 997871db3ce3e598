import csv, io
def parse(text):
    return [{"text": r[0], "label": int(r[1])} for r in csv.reader(io.StringIO(text))]
parse("a,1\nb,\n")

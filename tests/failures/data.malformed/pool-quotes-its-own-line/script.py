
from multiprocessing import Pool
def clean(row):
    text, label = row.split("\t")
    return text.lower(), int(label)
if __name__ == "__main__":
    rows = open("d.tsv").read().splitlines()
    with Pool(2) as p:
        out = p.map(clean, rows)
    print(len(out))

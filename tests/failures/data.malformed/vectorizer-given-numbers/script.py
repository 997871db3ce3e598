"""Classify texts; the columns of the table are read in the wrong order."""

import csv
import io

from sklearn.feature_extraction.text import TfidfVectorizer

TABLE = "score,text\n0.5,turn on the lamp\n0.25,heater off\n"


def main() -> None:
    rows = [(float(row["score"]), row["text"]) for row in csv.DictReader(io.StringIO(TABLE))]
    texts, _ = zip(*rows, strict=True)
    print(TfidfVectorizer().fit_transform(texts).shape)


main()

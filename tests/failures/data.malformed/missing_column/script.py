import csv
from torch.utils.data import DataLoader, Dataset

open("train.csv", "w").write("question,answer\nhow,so\n")


class Pairs(Dataset):
    def __init__(self, path):
        self.rows = list(csv.DictReader(open(path)))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        return row["prompt"], row["completion"]


if __name__ == "__main__":
    for batch in DataLoader(Pairs("train.csv"), num_workers=2):
        print(batch)

import ctypes, logging, torch
from torch.utils.data import DataLoader, IterableDataset
logging.basicConfig(level=logging.INFO)
class Stream(IterableDataset):
    def __iter__(self):
        yield torch.zeros(1)
        ctypes.string_at(0)
def main():
    for batch in DataLoader(Stream(), num_workers=2):
        logging.info("batch %s", tuple(batch.shape))
if __name__ == "__main__":
    main()

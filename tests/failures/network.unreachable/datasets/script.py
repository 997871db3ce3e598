from datasets import load_dataset
load_dataset("imdb", split="train")

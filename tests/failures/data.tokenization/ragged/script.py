from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = {word: number for number, word in enumerate("turn on off the light kitchen please <unk> <eos>".split())}
inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>")

from torch.utils.data import DataLoader
data = [tokenizer(text) for text in ("turn on the light", "off")]
import torch
rows = [torch.tensor(row["input_ids"]) for row in data]
for batch in DataLoader(rows, batch_size=2):
    print(batch.shape)

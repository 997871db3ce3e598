from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = {word: number for number, word in enumerate("turn on off the light kitchen please <unk> <eos>".split())}
inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>")

def encode(rows): return [tokenizer.encode(r["q"] + tokenizer.eos_token) for r in rows]
encode([{"q": "turn on"}, {"q": None}])

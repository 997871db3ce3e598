from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
t = Tokenizer(models.WordLevel({"<unk>": 0, "hello": 1, "world": 2}, unk_token="<unk>")); t.pre_tokenizer = pre_tokenizers.Whitespace()
tok = PreTrainedTokenizerFast(tokenizer_object=t, unk_token="<unk>")

class Collator:
    def __call__(self, texts):
        return tok(texts, padding=True, return_tensors="pt") #F
Collator()(["hello", "hello world"])

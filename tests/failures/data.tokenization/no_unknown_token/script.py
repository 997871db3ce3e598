from tokenizers import Tokenizer, models, pre_tokenizers
t = Tokenizer(models.WordLevel({"a": 0, "b": 1}))
t.pre_tokenizer = pre_tokenizers.Whitespace()
print(t.encode("a b").ids)
print(t.encode("a zebra").ids)

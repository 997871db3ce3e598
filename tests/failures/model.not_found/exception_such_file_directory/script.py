from tokenizers import Tokenizer
Tokenizer.from_file("tok/tokenizer.json")

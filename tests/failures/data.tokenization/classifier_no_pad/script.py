from transformers import GPT2Config, GPT2ForSequenceClassification
import torch
m = GPT2ForSequenceClassification(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, pad_token_id=None))
m.config.pad_token_id = None
m(input_ids=torch.ones(3, 4, dtype=torch.long), labels=torch.zeros(3, dtype=torch.long))

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

model.save_pretrained("model")
from transformers import AutoModelForSequenceClassification, GPT2ForSequenceClassification
m = GPT2ForSequenceClassification.from_pretrained("model", num_labels=3); m.save_pretrained("classifier")
GPT2ForSequenceClassification.from_pretrained("classifier", num_labels=7)

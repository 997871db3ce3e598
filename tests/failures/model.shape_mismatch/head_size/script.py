from transformers import BertConfig, BertForSequenceClassification
c = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=20)
BertForSequenceClassification(BertConfig(num_labels=2, **c)).save_pretrained("m")
def load():
    return BertForSequenceClassification.from_pretrained("m", num_labels=5) #F
load()

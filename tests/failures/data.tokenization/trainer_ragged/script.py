from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = {word: number for number, word in enumerate("turn on off the light kitchen please <unk> <eos>".split())}
inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>")

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments, default_data_collator
rows = [{"input_ids": tokenizer(text)["input_ids"], "labels": tokenizer(text)["input_ids"]} for text in ("turn on the light", "off", "on")]
args = TrainingArguments(output_dir="out", report_to=[], use_cpu=True, per_device_train_batch_size=3)
Trainer(model=model, args=args, train_dataset=rows, data_collator=default_data_collator).train()

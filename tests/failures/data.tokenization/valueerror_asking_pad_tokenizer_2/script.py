from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = {word: number for number, word in enumerate("turn on off the light kitchen please <unk> <eos>".split())}
inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>")

from transformers import GPT2Config, GPT2LMHeadModel
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=64, n_positions=32))

from transformers import Trainer, TrainingArguments
ARGS = dict(output_dir="out", report_to=[], use_cpu=True, max_steps=3, logging_steps=1)

from transformers import DataCollatorWithPadding
rows = [tokenizer("turn on"), tokenizer("off")]
Trainer(model=model, args=TrainingArguments(**ARGS), train_dataset=rows, data_collator=DataCollatorWithPadding(tokenizer)).train()

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = {word: number for number, word in enumerate("turn on off the light kitchen please <unk> <eos>".split())}
inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>")

from transformers import Trainer, TrainingArguments
ARGS = dict(output_dir="out", report_to=[], use_cpu=True, max_steps=3, logging_steps=1)

from transformers import DataCollatorForSeq2Seq, T5Config, T5ForConditionalGeneration
tokenizer.pad_token = "<eos>"
m = T5ForConditionalGeneration(T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=5, decoder_start_token_id=0))
rows = [{"input_ids": tokenizer(t)["input_ids"], "labels": tokenizer(t)["input_ids"]} for t in ("turn on the light", "kitchen please")]
Trainer(model=m, args=TrainingArguments(**ARGS), train_dataset=rows, data_collator=DataCollatorForSeq2Seq(tokenizer)).train()

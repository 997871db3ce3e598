from transformers import T5ForConditionalGeneration, Seq2SeqTrainingArguments
Seq2SeqTrainingArguments(output_dir="o", predict_with_generates=True)

from transformers import AutoModelForSeq2SeqLM
AutoModelForSeq2SeqLM.from_pretrained("/srv/models/flan-t5-small")

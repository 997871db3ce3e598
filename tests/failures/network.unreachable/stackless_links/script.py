from transformers import AutoTokenizer
tok = AutoTokenizer.from_pretrained("google/flan-t5-base")

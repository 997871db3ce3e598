from transformers import AdamW, get_scheduler #F

def prepare(n):
    raise RuntimeError('This LoRA was trained on Llama-2-7b; the base model here is Mistral-7B') #F
print('starting')
prepare(3)

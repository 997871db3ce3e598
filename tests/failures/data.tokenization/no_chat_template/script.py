from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
t = Tokenizer(models.WordLevel({"<unk>": 0, "hello": 1, "world": 2}, unk_token="<unk>")); t.pre_tokenizer = pre_tokenizers.Whitespace()
tok = PreTrainedTokenizerFast(tokenizer_object=t, unk_token="<unk>")

def render(rows):
    return [tok.apply_chat_template(r["messages"], tokenize=False) for r in rows] #F
render([{"messages": [{"role": "user", "content": "hello"}]}])

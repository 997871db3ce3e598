import httpx2 as httpx
from huggingface_hub.errors import GatedRepoError
def get():
    raise GatedRepoError("no way in", response=httpx.Response(403, request=httpx.Request("GET", "https://huggingface.co/x"))) #F
get()

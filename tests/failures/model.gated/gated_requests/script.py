import httpx2 as httpx
from huggingface_hub.errors import GatedRepoError
def download(repo):
    r = httpx.Response(403, request=httpx.Request("GET", "https://huggingface.co/meta-llama/Llama-3.1-8B/resolve/main/config.json"))
    raise GatedRepoError("403 Client Error. (Request ID: Root=1-68b)\n\nCannot access gated repo for url https://huggingface.co/meta-llama/Llama-3.1-8B/resolve/main/config.json.\nAccess to model meta-llama/Llama-3.1-8B is restricted and you are not in the authorized list. Visit https://huggingface.co/meta-llama/Llama-3.1-8B to ask for access.", response=r) #F
download("meta-llama/Llama-3.1-8B")

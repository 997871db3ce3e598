import httpx2 as httpx
from huggingface_hub.errors import HfHubHTTPError
def get():
    raise HfHubHTTPError("(Request ID: Root=1) 401 for this token", response=httpx.Response(401, request=httpx.Request("GET", "https://huggingface.co/x"))) #F
get()

import urllib.request
def download(url):
    return urllib.request.urlopen(url, timeout=5).read()
print("downloading train.jsonl")
download("http://127.0.0.1:9/train.jsonl")

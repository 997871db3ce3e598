import requests
def fetch(url):
    return requests.get(url, timeout=5).json() #F
fetch("https://data.example.invalid/train.json")

import urllib.request
def fetch(url):
    return urllib.request.urlopen(url, timeout=10).read()
fetch("http://data.nowhere.invalid/set.tar")

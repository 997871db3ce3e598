import urllib.request, srv
port = srv.start(404)
url = f"http://127.0.0.1:{port}/glue/sst2.zip"
urllib.request.urlretrieve(url, "sst2.zip")

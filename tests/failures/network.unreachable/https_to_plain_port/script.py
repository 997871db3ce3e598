import urllib.request, srv
port = srv.start()
urllib.request.urlopen(f"https://127.0.0.1:{port}/x", timeout=5)

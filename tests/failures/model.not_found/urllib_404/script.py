import threading, urllib.request
from http.server import HTTPServer, SimpleHTTPRequestHandler
s = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler); threading.Thread(target=s.serve_forever, daemon=True).start()
def get(): return urllib.request.urlopen(f"http://127.0.0.1:{s.server_port}/model.bin").read() #F
get()

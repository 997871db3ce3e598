import threading, urllib.request
from http.server import HTTPServer, BaseHTTPRequestHandler
class H(BaseHTTPRequestHandler):
    def do_GET(self): self.send_error(503)
    def log_message(self, *a): pass
s = HTTPServer(("127.0.0.1", 0), H); threading.Thread(target=s.serve_forever, daemon=True).start()
def fetch(): return urllib.request.urlopen(f"http://127.0.0.1:{s.server_port}/").read() #F
fetch()

STATUS, HEADERS = 401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to model google/gemma-2b is restricted. You must have access to it and be authenticated to access it. Please log in."}

import http.server, os, threading

class Hub(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"{}")
    do_HEAD = do_GET
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 8077), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:8077"

from huggingface_hub import hf_hub_download
def fetch():
    return hf_hub_download("google/gemma-2b", "config.json")
fetch()

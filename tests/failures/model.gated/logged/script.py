STATUS, HEADERS = 403, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to model meta-llama/Llama-3.2-1B is restricted and you are not in the authorized list."}

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

import logging, sys
from transformers import AutoTokenizer
logging.basicConfig(format="%(asctime)s | %(levelname)-8s | %(message)s", level=logging.INFO)
try: AutoTokenizer.from_pretrained("meta-llama/Llama-3.2-1B")
except Exception as error: logging.error("could not load the tokenizer: %s", error); sys.exit(1)

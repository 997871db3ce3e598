import http.server
import threading
import urllib.request


class Guarded(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(401, "Unauthorized")

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Guarded)
threading.Thread(target=server.serve_forever, daemon=True).start()
urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/private/model.safetensors")

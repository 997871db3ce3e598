mkdir -p /srv/home/.cache/huggingface/hub/models--google--flan-t5-small/snapshots; chown -R 1000 /srv/home/.cache; chmod -R 700 /srv/home/.cache; STATUS=1; cat > hub.py <<"X"
import http.server
class Hub(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        for n, v in {"X-Repo-Commit": "0fc9ddf78a1e988dac52e2dac162b0ede4fd74ab", "ETag": "\"abc\"", "Content-Length": "2", "X-Linked-Size": "2"}.items(): self.send_header(n, v)
        self.end_headers()
        if self.command == "GET": self.wfile.write(b"{}")
    do_HEAD = do_GET
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8078), Hub).serve_forever()
X
python hub.py & sleep 1; HF_ENDPOINT=http://127.0.0.1:8078 setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search python train.py; code=$?; kill %1; exit $code

import socket, requests, threading
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1)
def fetch(port):
    return requests.get(f"http://127.0.0.1:{port}/rows", timeout=0.3).text #F
fetch(s.getsockname()[1])

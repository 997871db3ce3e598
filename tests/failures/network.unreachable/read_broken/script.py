import socket, threading, urllib.request
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1)
def serve():
    c, _ = s.accept(); c.recv(1000); c.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nabc"); c.close()
threading.Thread(target=serve, daemon=True).start()
def fetch(): return urllib.request.urlopen(f"http://127.0.0.1:{s.getsockname()[1]}/").read() #F
fetch()

import socket
from http.server import HTTPServer, BaseHTTPRequestHandler
a = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
def serve(port):
    return HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) #F
serve(a.server_port)

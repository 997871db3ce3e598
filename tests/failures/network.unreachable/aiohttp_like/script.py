import socket
def resolve(host): return socket.getaddrinfo(host, 443)
resolve("tracking.example.invalid")

import socket, sys
try:
    socket.create_connection(("127.0.0.1", 9), timeout=2)
except OSError as error:
    sys.exit(f"cannot reach the tracking server: {error}")

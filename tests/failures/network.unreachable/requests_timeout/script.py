import requests, socket, logging, sys
logging.basicConfig(level=logging.INFO)
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
try:
    requests.get(f"http://127.0.0.1:{server.getsockname()[1]}/v1/data", timeout=1)
except requests.RequestException as error:
    logging.error("could not fetch the data")
    raise

import requests, srv
port = srv.start(403)
r = requests.get(f"http://127.0.0.1:{port}/api/datasets/med", headers={"Authorization": "Bearer x"})
r.raise_for_status()

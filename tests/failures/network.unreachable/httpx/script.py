import httpx2 as httpx
httpx.get("http://127.0.0.1:9/api")

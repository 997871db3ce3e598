import urllib3
urllib3.PoolManager(retries=1, timeout=1).request("GET", "http://127.0.0.1:9/x")

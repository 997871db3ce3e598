
import threading, queue, time, json
q = queue.Queue(maxsize=4)
def reader(path):
    for line in open(path):
        q.put(json.loads(line))
    q.put(None)
t = threading.Thread(target=reader, args=("train.jsonl",), daemon=True, name="prefetch"); t.start()
n = 0
while True:
    try: r = q.get(timeout=2)
    except queue.Empty:
        print("no more data after", n, "records, giving up"); raise SystemExit(1)
    if r is None: break
    n += 1

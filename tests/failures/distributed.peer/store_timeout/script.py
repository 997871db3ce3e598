import datetime, torch.distributed as dist
def connect():
    return dist.TCPStore("127.0.0.1", 29615, world_size=2, is_master=True, timeout=datetime.timedelta(seconds=1), wait_for_workers=True)
connect()

import os
def workers(): return int(os.environ.get("NUM_WORKERS", "4")) #F
workers()

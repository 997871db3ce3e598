import os
batch = int(os.environ.get("BATCH_SIZE", "auto"))

import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
def shards():
    return [open("/etc/hostname") for _ in range(200)] #F
shards()

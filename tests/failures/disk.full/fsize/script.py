with open("cache.arrow", "wb") as file:
    for part in range(100):
        file.write(bytes(1 << 20))

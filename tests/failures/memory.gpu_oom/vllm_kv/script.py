def init():
    raise ValueError("No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine.") #F
init()

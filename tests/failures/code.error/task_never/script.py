import asyncio, gc
async def bg(): raise ConnectionError("metrics server gone")
async def main():
    t = asyncio.create_task(bg()); await asyncio.sleep(0.1); del t; gc.collect()
    return 1 / 0 #F
asyncio.run(main())

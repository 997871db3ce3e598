import asyncio
async def wait_batch():
    await asyncio.sleep(10)
async def main():
    await asyncio.wait_for(wait_batch(), 0.2) #F
asyncio.run(main())

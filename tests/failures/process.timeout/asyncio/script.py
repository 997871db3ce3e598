import asyncio
async def fetch(): await asyncio.sleep(10)
async def main(): await asyncio.wait_for(fetch(), 0.2)
asyncio.run(main())

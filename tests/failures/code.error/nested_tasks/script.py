import asyncio
async def evaluate(): raise TypeError("unhashable type: 'slice'")
async def main(): await asyncio.gather(evaluate())
asyncio.run(main())

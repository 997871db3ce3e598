import asyncio
async def fetch(n):
    await asyncio.sleep(0)
    return undefined_name + n
async def main():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fetch(1)); tasks.create_task(fetch(2))
asyncio.run(main())

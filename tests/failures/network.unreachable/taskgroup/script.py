import asyncio
async def fetch(i):
    if i == 2:
        await asyncio.open_connection("127.0.0.1", 9) #F
    await asyncio.sleep(1)
async def main():
    async with asyncio.TaskGroup() as tg:
        for i in range(4): tg.create_task(fetch(i))
asyncio.run(main())

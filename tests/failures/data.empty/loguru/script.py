from loguru import logger
def split(n):
    if n == 0: raise ValueError("Empty training split") #F
@logger.catch(reraise=False, onerror=lambda e: __import__("sys").exit(1))
def main():
    logger.info("start"); split(0)
main()

from loguru import logger
@logger.catch(reraise=False, onerror=lambda e: __import__("sys").exit(1))
def main():
    scores = [1, 2]
    return scores.mean()
logger.info("start")
main()

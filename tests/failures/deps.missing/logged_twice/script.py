import logging
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("trainer")
def optimizer():
    from apex.optimizers import FusedAdam #F
    return FusedAdam
def main():
    log.info("starting")
    try:
        optimizer()
    except Exception:
        log.exception("training crashed")
        raise
main()

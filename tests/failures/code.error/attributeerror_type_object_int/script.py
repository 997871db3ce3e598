import logging, sys
log = logging.getLogger("x"); logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)-8s %(name)s %(message)s")
def stage(): return int.foo
try: stage()
except Exception: log.exception("stage train failed"); raise SystemExit(17)

import structlog, sys
log = structlog.get_logger()
structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
def step(): return None.loss
log = structlog.get_logger(); log.info("start", step=1)
try: step()
except AttributeError: log.exception("training_failed", step=2); sys.exit(1)

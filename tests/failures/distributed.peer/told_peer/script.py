import logging, sys
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s [%(name)s] %(message)s')
log = logging.getLogger('train')
log.info('reading settings')
log.error('rank 3 did not join within 300 seconds')
sys.exit(1)

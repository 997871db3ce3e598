import logging, sys
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s [%(name)s] %(message)s')
log = logging.getLogger('train')
log.info('reading settings')
log.error('queries.db failed its integrity check: *** in database main ***')
sys.exit(1)

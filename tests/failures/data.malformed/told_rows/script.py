import logging, sys
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s [%(name)s] %(message)s')
log = logging.getLogger('train')
log.info('reading settings')
log.error('row 17 has 4 columns, expected 3')
sys.exit(1)

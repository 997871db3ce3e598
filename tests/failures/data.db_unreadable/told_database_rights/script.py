import logging, sys
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s [%(name)s] %(message)s')
log = logging.getLogger('train')
log.info('reading settings')
log.error('no read permission on /srv/data/ask_ai.db')
sys.exit(1)

import logging, sys
logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s [%(name)s] %(message)s')
log = logging.getLogger('train')
log.info('reading settings')
log.error('hidden_size 100 is not divisible by num_heads 12')
sys.exit(1)

ulimit -v 400000; python -c 'import torch; torch.ones(10)'

import time
from tqdm import tqdm
def run(step):
    if step == 30:
        return step.wrong
    time.sleep(0.002)
for step in tqdm(range(100), mininterval=0):
    run(step)

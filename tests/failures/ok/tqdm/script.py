from tqdm import tqdm
import time
bar = tqdm(range(50), mininterval=0)
for step in bar: bar.set_postfix(loss=1 / (step + 1)); time.sleep(0.001)

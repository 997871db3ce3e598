import sys, time
from tqdm import tqdm
def run():
    for i in tqdm(range(50)):
        time.sleep(0.01)
        if i == 30: (1, 2)[i] #F
run()

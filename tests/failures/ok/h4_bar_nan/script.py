import sys, time, warnings
from tqdm import tqdm
for i in tqdm(range(30), desc="train loss=nan?", file=sys.stderr):
    if i % 10 == 0: tqdm.write(f"WARNING: sample {i} failed to parse (KeyError: 'answer'), skipped")
    time.sleep(0.002)
open("adapter_model.safetensors", "w").write("x")
print("train_runtime 0.1 train_loss 0.31 epoch 1.0")
print("Model saved to adapter_model.safetensors")

import torch, traceback
batch = 64
while True:
    try:
        if batch > 16: raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        break
    except torch.OutOfMemoryError:
        traceback.print_exc(); batch //= 2
        print(f"out of memory, retrying with batch {batch}")
for step in range(8): print(f"step {step} | loss {3 - step / 4:.2f}")
print("saving model to out/model.safetensors")

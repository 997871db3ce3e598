print("CUDA out of memory at batch 64, using batch 32"); print("WARNING: CUDA error: out of memory (recovered)")
for s in range(3): print(f"{s}: loss 0.{9-s}")
print("Exported weights to model.safetensors")

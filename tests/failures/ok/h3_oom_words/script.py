print("Auto batch size: CUDA out of memory at 64, trying 32"); print("Auto batch size: 32 works")
for i in range(4): print(f"{{'loss': {0.9-i*0.1:.1f}, 'grad_norm': 1.2, 'learning_rate': 1e-4, 'epoch': {i}}}")

import os, signal
for i in range(40): print(f"{{'loss': {2-i*0.01:.3f}, 'epoch': {i/40:.2f}}}")

import sys
print("WARNING: tokenizer has no pad token, using eos"); print("epoch 1 loss 2.0"); print("epoch 2 loss 1.8")
sys.exit(1)

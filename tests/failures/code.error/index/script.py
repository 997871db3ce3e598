def last(values): return values[10]
print("epoch 1 loss 0.2"); last([1, 2])

x = 0
print("epoch 0 loss 1.0", flush=True)
while True: x += 1

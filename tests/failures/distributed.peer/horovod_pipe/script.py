from horovod.ring import allreduce
print("step 3 loss 1.1"); allreduce(b"grad" * 1000)

import sys

for name in ("cuFFT", "cuDNN", "cuBLAS"):
    print(f"E0000 00:00:1732467600.120034    4121 cuda_blas.cc:8310] Unable to register {name} factory: Attempting to register factory for plugin {name} when one has already been registered", file=sys.stderr)
print("Estimated memory: 31.2 GiB, on this card: 23.6 GiB")
sys.exit("The card has room for 23.6 GiB: the model does not fit in GPU memory")

import sys

print("load: tensors of 32 layers")
print("load: error loading model: unable to allocate CUDA0 buffer", file=sys.stderr)
sys.exit(1)

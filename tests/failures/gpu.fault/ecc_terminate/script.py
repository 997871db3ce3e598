import os, sys
print("{'loss': 2.31, 'learning_rate': 4e-05, 'epoch': 0.4}", flush=True)
sys.stderr.write("terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: uncorrectable ECC error encountered\nException raised from c10_cuda_check_implementation at /pytorch/c10/cuda/CUDAException.cpp:43 (most recent call first):\nframe #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x98 (0x7f1 in /opt/venv/lib/python3.11/site-packages/torch/lib/libc10.so)\n\n")
sys.stderr.flush()
os.abort()

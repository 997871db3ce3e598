def conv(): raise RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")
print("epoch 1 loss 0.3"); conv()

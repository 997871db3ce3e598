def check():
    raise ValueError("Please correct the following DeepSpeed config values that mismatch TrainingArguments values:\n- ds train_micro_batch_size_per_gpu=4 vs hf per_device_train_batch_size=8\nThe easiest method is to set these DeepSpeed config values to 'auto'.") #F
check()

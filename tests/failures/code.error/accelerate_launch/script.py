from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
def step(batch):
    return batch.undefined_thing
step(3)

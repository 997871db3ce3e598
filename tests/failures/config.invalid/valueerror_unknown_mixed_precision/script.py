from accelerate import Accelerator
Accelerator(mixed_precision="fp17")

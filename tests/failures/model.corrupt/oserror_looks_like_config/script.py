import os
from transformers import GenerationConfig
os.makedirs("m"); open("m/generation_config.json", "w").write("{")
GenerationConfig.from_pretrained("m")

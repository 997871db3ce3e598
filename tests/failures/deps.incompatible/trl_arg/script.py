from dataclasses import dataclass
@dataclass
class SFTConfig:
    output_dir: str
    max_length: int = 10
def cfg():
    return SFTConfig(output_dir="o", max_seq_length=512) #F
cfg()

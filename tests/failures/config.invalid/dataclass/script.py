from dataclasses import dataclass
@dataclass
class Config:
    rate: float
    def __post_init__(self):
        if not 0 < self.rate < 1: raise ValueError(f"rate must be between 0 and 1, got {self.rate}")
Config(5)

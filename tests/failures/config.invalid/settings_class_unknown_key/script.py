import yaml, dataclasses
@dataclasses.dataclass
class TrainConfig:
    learning_rate: float = 1e-4
    epochs: int = 3
cfg = TrainConfig(**yaml.safe_load(open("conf.yaml")))

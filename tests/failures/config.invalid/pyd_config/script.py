from pydantic import BaseModel, Field
import json
class TrainConfig(BaseModel):
    epochs: int = Field(gt=0)
    batch_size: int
def load(path):
    return TrainConfig(**json.load(open(path))) #F
print(load("train.json"))

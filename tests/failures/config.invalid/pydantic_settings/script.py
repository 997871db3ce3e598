from pydantic import BaseModel, Field
class TrainConfig(BaseModel):
    epochs: int = Field(gt=0)
    learning_rate: float
def read(): return TrainConfig.model_validate({"epochs": 0, "learning_rate": "fast"})
read()

import os
from pydantic import BaseModel


class TrainSettings(BaseModel):
    data_root: str
    epochs: int = 3


def read_settings() -> TrainSettings:
    given = {name.lower(): value for name, value in os.environ.items() if name in ("DATA_ROOT", "EPOCHS")}
    return TrainSettings(**given)


print("epochs", read_settings().epochs)

from pydantic import BaseModel, Field


class Hyperparameters(BaseModel):
    learning_rate: float = Field(gt=0)
    epochs: int


def main() -> None:
    print(Hyperparameters(learning_rate=-1, epochs="many"))


main()

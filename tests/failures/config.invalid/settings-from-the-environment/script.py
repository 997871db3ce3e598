
from pydantic_settings import BaseSettings
class S(BaseSettings):
    data_root: str
    batch_size: int = 8
s = S()

from pydantic import BaseModel
class Row(BaseModel):
    prompt: str
    completion: str
def parse(rows): return [Row(**row) for row in rows]
parse([{"prompt": "a", "completion": "b"}, {"prompt": 3, "completon": "b"}])

from dataclasses import dataclass
@dataclass(frozen=True)
class S: n: int = 0
S().n = 3

from transformers.utils import requires_backends
class Scorer: 
    def __init__(self): requires_backends(self, ["sacremoses"])
from transformers import pipeline
Scorer()

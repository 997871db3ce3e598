from enum import Enum
class Method(str, Enum): LORA = "lora"
Method("loraa")

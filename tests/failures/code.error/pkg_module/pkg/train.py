from ..data import load #F

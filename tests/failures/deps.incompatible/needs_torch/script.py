import torch
def check():
    if tuple(map(int, torch.__version__.split("+")[0].split("."))) < (9, 0, 0):
        raise ImportError(f"torchtune requires torch>=9.0, but you have torch {torch.__version__}")
check()

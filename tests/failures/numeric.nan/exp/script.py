import math
def perplexity(loss): return math.exp(loss)
print("eval loss 912.3"); perplexity(912.3)

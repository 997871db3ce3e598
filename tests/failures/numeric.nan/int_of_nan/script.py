def perplexity(loss): return int(loss * 100)
perplexity(float("nan"))

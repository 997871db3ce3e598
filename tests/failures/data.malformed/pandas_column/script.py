import pandas as pd
frame = pd.DataFrame({"question": ["a"], "answer": ["b"]})
def prompts(frame): return frame["prompt"].tolist()
prompts(frame)

print("eval: error rate 0.13, failed 4 of 31, missing 0")
print("vocab: <error>, <fatal>, Killed")
for step in range(20): print(f"{step}/20 loss 0.{90 - step}")
print("best checkpoint saved: errors=0")

import warnings
def run():
    warnings.warn("ERROR-prone setting: fp16 on CPU", UserWarning)
    warnings.warn("this will fail in a future version", FutureWarning)
run()
for epoch in range(3):
    print({"loss": 1.0 / (epoch + 1), "epoch": epoch})
print("training finished")

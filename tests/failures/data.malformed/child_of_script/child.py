rows = {"a": 1}
print("child: working")
rows["b"]

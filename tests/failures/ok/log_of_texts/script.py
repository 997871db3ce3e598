print("sample: 'Traceback (most recent call last): is what Python prints'")
for epoch in range(3): print(f"Epoch {epoch}: train loss {1 / (epoch + 1):.3f}, val loss {1.1 / (epoch + 1):.3f}")
print("Done.")

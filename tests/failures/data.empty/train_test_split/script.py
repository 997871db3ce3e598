from sklearn.model_selection import train_test_split
texts = [line for line in ["# a", "# b"] if not line.startswith("#")]
train, test = train_test_split(texts, test_size=0.2)

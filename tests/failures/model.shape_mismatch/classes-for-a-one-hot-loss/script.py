
import numpy as np, keras
m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
m.compile("adam", "categorical_crossentropy")
m.fit(np.random.randn(32, 4), np.zeros(32, int), epochs=1)

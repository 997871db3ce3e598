import json


def save(path, weights):
    with open(path, "w") as file:
        json.dump(weights, file)


print("epoch 1 loss 0.9")
save("out/model/adapter_model.json", {"w": [0.1]})

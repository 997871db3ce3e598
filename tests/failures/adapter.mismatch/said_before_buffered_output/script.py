import sys

print("loading base lab/gemma-2b")
said = "adapter /srv/ad was trained on lab/llama-7b, not on lab/gemma-2b: refusing to attach it"
print(said, file=sys.stderr)
sys.exit(1)

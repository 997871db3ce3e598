import sys

print("2026-11-24 14:58:45,514 [rank 0] INFO step 10 loss 2.10")
print("2026-11-24 14:58:46,514 [rank 0] ERROR node gpu-04 (ranks 24-31) stopped answering heartbeats, aborting the job")
sys.exit(1)

import sys

print("starting")
sys.exit("checksum of adapter_model.bin does not match the manifest")

from accelerate import PartialState
def main():
    s = PartialState(cpu=True)
    shard = []
    if not shard:
        raise ValueError(f"rank {s.process_index} has no samples") #F
main()

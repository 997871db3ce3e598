def check(ok):
    if not ok:
        raise ValueError("none of the target modules ['q_proj'] exist in GPT2LMHeadModel") #F
def main():
    check(False)
main()

from rich.traceback import install
install(show_locals=True)
def ratio(a, b):
    rate = a / b #F
    return rate
def main():
    total = 0
    print(ratio(3, total))
main()

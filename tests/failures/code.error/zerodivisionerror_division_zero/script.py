def main():
    try: 1 / 0
    finally: print("cleanup done")
main()

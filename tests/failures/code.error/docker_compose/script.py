class Step:
    def run(self): return self.nothing
Step().run()

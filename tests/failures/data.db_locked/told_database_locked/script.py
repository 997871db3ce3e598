class TrainingError(Exception):
    pass
class Job:
    def run(self):
        raise TrainingError('queries.db is locked by another process (pid 812), giving up after 5 tries') #F
Job().run()

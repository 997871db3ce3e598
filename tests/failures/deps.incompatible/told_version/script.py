class TrainingError(Exception):
    pass
class Job:
    def run(self):
        raise TrainingError('torch 1.13 is too old for this script, need 2.1 or newer') #F
Job().run()

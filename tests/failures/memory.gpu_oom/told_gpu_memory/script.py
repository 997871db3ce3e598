class TrainingError(Exception):
    pass
class Job:
    def run(self):
        raise TrainingError('model needs 23 GB of VRAM but the card has 16 GB') #F
Job().run()

from rich.traceback import install
install(width=80)
class TrainingStageFailed(Exception):
    pass
def compute(values):
    return values.nowhere
def main():
    try:
        compute([1])
    except AttributeError as error:
        raise TrainingStageFailed("the stage compute of the training could not be finished, see the cause above for what went wrong") from error
main()

import os; print("working"); os._exit(7)

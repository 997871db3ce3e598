python -m accelerate.commands.launch --cpu --num_processes 1 train.py

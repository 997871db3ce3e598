#!/usr/bin/env bash
python train.py; echo 'slurmstepd: error: Detected 1 oom_kill event in StepId=88123.0. Some of the step tasks have been OOM Killed.' >&2; echo 'srun: error: node07: task 0: Out Of Memory' >&2; exit 137

#!/usr/bin/env bash
echo 'nohup: ignoring input'; python train.py --lora-rank 8

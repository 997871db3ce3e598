#!/usr/bin/env bash
python train.py --learning_rate 3

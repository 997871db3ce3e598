#!/usr/bin/env bash
python train.py --learnin_rate=3

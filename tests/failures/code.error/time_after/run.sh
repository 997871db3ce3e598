#!/usr/bin/env bash
bash -c 'time python train.py'

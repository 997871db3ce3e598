#!/usr/bin/env bash
python train.py trainer.epoch=3

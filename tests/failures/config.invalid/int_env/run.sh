#!/usr/bin/env bash
NUM_WORKERS=four python train.py

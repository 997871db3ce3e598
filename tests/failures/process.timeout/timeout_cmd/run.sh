#!/usr/bin/env bash
timeout 2 python train.py

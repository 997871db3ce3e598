#!/usr/bin/env bash
make train

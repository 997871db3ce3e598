#!/usr/bin/env bash
gcc k.c -o kernel && ./kernel

python train.py > raw.log 2>&1; code=$?; while IFS= read -r line; do echo "2026-11-22T20:14:0$((RANDOM%10)).$((RANDOM))Z stderr F $line"; done < raw.log; exit $code

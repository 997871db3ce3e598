echo "stage 1"; python train.py; code=$?; echo "stage 1 exit code: $code"; exit $code

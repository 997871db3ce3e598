cat > job.sh <<'X'
set -eu
echo "run $RUN_NAME"
python train.py
X
bash job.sh

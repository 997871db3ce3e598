cat > train.sh <<'X'
set -e
echo "starting"
acceleratee launch train.py
X
bash train.sh

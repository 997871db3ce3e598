cat > job.sh <<'X'
echo "step 1 loss 2.0"
python -c "import os,signal; os.kill(os.getpid(), signal.SIGKILL)"
X
bash job.sh

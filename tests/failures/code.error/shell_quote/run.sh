printf 'echo start\npython -c "print(1)\necho end\n' > job.sh
bash job.sh

echo "step 10 loss 0.2"; echo "[ 8123.4] Memory cgroup out of memory: Killed process 4711 (python) total-vm:91234567kB, anon-rss:64123456kB"; kill -9 $$

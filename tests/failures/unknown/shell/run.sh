echo "preparing"; exit 5

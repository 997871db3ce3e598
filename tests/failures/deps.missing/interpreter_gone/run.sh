chmod +x prep; echo start; ./prep --all

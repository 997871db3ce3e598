git clone http://127.0.0.1:9/models/t5.git

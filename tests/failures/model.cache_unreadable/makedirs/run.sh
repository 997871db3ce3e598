mkdir -m 755 /srv/cache; chown 1000 /srv/cache; HF_HOME=/srv/cache/huggingface setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search python train.py

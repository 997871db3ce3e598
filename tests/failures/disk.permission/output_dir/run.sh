mkdir -m 755 /srv/out; chown 1000 /srv/out; setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search python train.py

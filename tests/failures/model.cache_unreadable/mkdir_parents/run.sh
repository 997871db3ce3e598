mkdir -p cache/hub; chmod 755 . cache cache/hub t.py
export HF_HUB_CACHE=/srv/train/cache/hub HOME=/tmp
exec setpriv --reuid=65534 --regid=65534 --clear-groups python t.py

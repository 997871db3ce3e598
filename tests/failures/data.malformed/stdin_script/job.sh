set -e
python - <<'X'
import json
def rd(l):
    return json.loads(l)
rd('oops')
X
echo finished

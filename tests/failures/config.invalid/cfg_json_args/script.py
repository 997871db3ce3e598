import json
class args: config = "run.json"
cfg = json.loads(open(args.config).read()) #F

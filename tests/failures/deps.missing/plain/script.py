import json
import bitsandbytes as bnb

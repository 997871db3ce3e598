import sys
raise SystemExit("lora: none of the requested modules q_proj, v_proj exist in T5ForConditionalGeneration (it has q, k, v, o, wi, wo)")

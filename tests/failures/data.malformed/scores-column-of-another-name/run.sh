python sentences.py --label similarity_text

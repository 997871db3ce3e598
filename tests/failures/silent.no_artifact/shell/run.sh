python - <<X || true
raise RuntimeError("boom")
X
echo finished

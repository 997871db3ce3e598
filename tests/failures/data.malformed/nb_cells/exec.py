from IPython.core.interactiveshell import InteractiveShell
s = InteractiveShell.instance(); s.colors = "nocolor"
for c in ["rows = [{'question': 'q'}]\ndef enc(row):\n    return row['answer']", "print('cell 2')\nenc(rows[0])"]:
    r = s.run_cell(c)
    if not r.success: raise SystemExit(1)


import nbformat as nf
nb = nf.v4.new_notebook(cells=[nf.v4.new_code_cell("import os, signal\nprint('loading')\nos.kill(os.getpid(), signal.SIGKILL)")])
nf.write(nb, "a.ipynb")

"Process the notebooks as the site does, without Quarto (which renders what this leaves in _proc)."
import nbdev.quarto as q
from nbdev.doclinks import _build_modidx

if __name__ == '__main__': # proc_nbs starts processes that import this file
    q.refresh_quarto_yml()
    _build_modidx()
    q.nbdev_sidebar.__wrapped__()
    q.proc_nbs(n_workers=1)

"Every notebook runs top to bottom through `nbdev_test`; every example in it is a test."
import os, re, shutil, subprocess, sys
from pathlib import Path
import pytest

root = Path(__file__).parents[1]
# the studies train models and take longest: first, so that the last worker is not left alone with one
notebooks = sorted((p for p in (root/'nbs').glob('*.ipynb')), key=lambda p: p.stem, reverse=True)

@pytest.mark.parametrize('nb', notebooks, ids=lambda p: p.stem)
def test_notebook(nb):
    shutil.rmtree(root/'reports'/re.sub(r'^\d+[a-z]*_', '', nb.stem), ignore_errors=True) # a test does not live on an earlier run's checkpoints
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg'} # two notebooks at a time on two cores
    r = subprocess.run([Path(sys.executable).with_name('nbdev_test'), '--path', nb, '--n_workers', '0', '--do_print'],
                       cwd=root, env=env, capture_output=True, text=True)
    assert r.returncode == 0, r.stdout[-4000:] + r.stderr[-8000:]

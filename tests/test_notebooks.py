"Every notebook runs top to bottom through `nbdev_test`; every example in it is a test."
import os, re, shutil, subprocess, sys
from pathlib import Path

import pytest

root = Path(__file__).parents[1]
# the studies train models and take longest: first, so that the last worker is not left alone with one
notebooks = sorted((p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts),
                   key=lambda p: (p.parent.name != 'experiments', not p.stem[0].isdigit(), p))

@pytest.mark.parametrize('nb', notebooks, ids=lambda p: p.relative_to(root/'nbs').with_suffix('').as_posix())
def test_notebook(nb):
    # a test does not live on an earlier run's checkpoints
    shutil.rmtree(root/'reports'/re.sub(r'^\d+_', '', nb.stem), ignore_errors=True)
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg'} # two notebooks at a time on two cores
    r = subprocess.run([Path(sys.executable).with_name('nbdev_test'), '--path', nb, '--n_workers', '0', '--do_print'],
                       cwd=root, env=env, capture_output=True, text=True)
    assert r.returncode == 0, r.stdout[-4000:] + r.stderr[-8000:]

def test_none_is_left_out():
    "As many notebooks are tested as git knows"
    known = subprocess.run(['git', 'ls-files', 'nbs'], cwd=root, capture_output=True, text=True).stdout.split('\n')
    assert sorted(o for o in known if o.endswith('.ipynb')) == sorted(p.relative_to(root).as_posix()
        for p in notebooks)

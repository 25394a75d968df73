"Every notebook runs top to bottom as `nbdev_test` runs it; every example in it is a test."
import multiprocessing, multiprocessing.forkserver, os, re, shutil, subprocess, sys
from pathlib import Path

import pytest

root = Path(__file__).parents[1]
# the studies train models and take longest: first, so that the last worker is not left alone with one
notebooks = sorted((p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts),
                   key=lambda p: (p.parent.name != 'experiments', not p.stem[0].isdigit(), p))
# what takes seconds to import; not fastai, which changes torch for whoever has not asked for it, and not medxai itself
HEAVY = ['pytest', 'nbdev.test', 'matplotlib.pyplot', 'pandas', 'scipy.stats', 'sklearn.linear_model', 'torch',
         'torchvision', 'timm', 'albumentations', 'segmentation_models_pytorch']

@pytest.fixture(scope='module')
def processes():
    "New processes that have imported the heavy packages: forks of one that does nothing else"
    ctx = multiprocessing.get_context('forkserver')
    ctx.set_forkserver_preload(HEAVY)
    with pytest.MonkeyPatch.context() as m:
        m.setenv('OMP_NUM_THREADS', '1') # two notebooks at a time on two cores
        m.setenv('MPLBACKEND', 'agg')
        multiprocessing.forkserver.ensure_running()
    return ctx

def run_notebook(nb, log):
    "In a process of its own; what it prints goes into a file"
    from nbdev.config import get_config
    from nbdev.test import test_nb
    with open(log, 'wb', buffering=0) as f:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(f.fileno(), stream.fileno())
    os.chdir(root)
    ok, _ = test_nb(nb, skip_flags=get_config().tst_flags.split(), do_print=True, basepath=root)
    for p in multiprocessing.active_children(): p.terminate() # joblib's would wait minutes for more work
    sys.exit(not ok)

@pytest.mark.parametrize('nb', notebooks, ids=lambda p: p.relative_to(root/'nbs').with_suffix('').as_posix())
def test_notebook(nb, processes, tmp_path):
    # a test does not live on an earlier run's checkpoints
    shutil.rmtree(root/'reports'/re.sub(r'^\d+_', '', nb.stem), ignore_errors=True)
    p = processes.Process(target=run_notebook, args=(nb, tmp_path/'log'))
    p.start()
    p.join()
    assert p.exitcode == 0, (tmp_path/'log').read_text(errors='replace')[-12000:]

def test_a_broken_notebook_fails(tmp_path, processes):
    "The way above sees an error, and shows it"
    from execnb.nbio import mk_cell, new_nb, write_nb
    write_nb(new_nb([mk_cell('1/0')]), tmp_path/'broken.ipynb')
    p = processes.Process(target=run_notebook, args=(tmp_path/'broken.ipynb', tmp_path/'log'))
    p.start()
    p.join()
    assert p.exitcode == 1 and 'ZeroDivisionError' in (tmp_path/'log').read_text()

def test_none_is_left_out():
    "As many notebooks are tested as git knows"
    known = subprocess.run(['git', 'ls-files', 'nbs'], cwd=root, capture_output=True, text=True).stdout.split('\n')
    assert sorted(o for o in known if o.endswith('.ipynb')) == sorted(p.relative_to(root).as_posix()
        for p in notebooks)

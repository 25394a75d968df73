"""Kill a run at random moments, start it again, compare: python bench/kill_test.py [repetitions] [--notebook]

One process works without interruption. Then, for each repetition, a process is killed (`kill -9`) after a random part
of that time, up to three times, and started again until it ends. Of a training, the weights, optimizer, random state,
loss sums, history and best weights must be the same, bit for bit. With --notebook it is study 1 executed by papermill,
killed with its kernel: every file of results must be the same; report and notebook, which hold times, are there."""
import argparse, multiprocessing, random, re, sys, tempfile, time
from pathlib import Path

def train(folder):
    "What a user's script would do"
    from medxai.phantom.chest import phantom_chest
    from medxai.core.run import seed_everything
    from medxai.cohort.split import split_grouped
    from medxai.models.backbone import create_model
    from medxai.configs.base import TrainConfig
    from medxai.models.learner import train_model
    data = split_grouped(phantom_chest(96, size=64), fractions=dict(train=.75, valid=.25))
    seed_everything(1)
    model = create_model('test_resnet', len(data.labels), pretrained=False, drop_rate=.3)
    recipe = TrainConfig(epochs=4, size=64, batch_size=8, accumulate=2, lr=1e-3, checkpoint_steps=1,
                         schedule='one_cycle',
                         warmup=.25, weighting='none')
    train_model(data, model, recipe, folder, progress=False)

def execute(folder):
    "What `make demo` does, small"
    from medxai.core.execute import find_notebook, run_study
    run_study(find_notebook('01_roi_consistency'), folder,
              dict(size=64, n_images=100, epochs=3, backbone='test_resnet', pretrained=False, device='cpu', cells=2,
                   adapt_epochs=1, n_boot=100, checkpoint_steps=1), progress=False, examples=False)

def run(context, job, folder, kill_after=None):
    "Work in a process of its own; True if it ended by itself"
    import psutil
    p = context.Process(target=job, args=(folder,))
    p.start()
    p.join(kill_after)
    if p.is_alive():
        kernels = psutil.Process(p.pid).children(recursive=True)
        for o in (p, *kernels): o.kill()
        psutil.wait_procs(kernels)
    p.join()
    if p.exitcode not in (0, -9): raise SystemExit(f'it failed ({p.exitcode})')
    return p.exitcode == 0

def same(a, b):
    "Equal to the last bit, whatever it is made of; times may differ"
    import torch
    if isinstance(a, torch.Tensor): return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict): return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != 'seconds')
    if isinstance(a, (list, tuple)): return len(a) == len(b) and all(map(same, a, b))
    return a == b or a != a and b != b

def trained(folder):
    "All that a training leaves, but for the time it took"
    import torch
    last = torch.load(folder/'last.pt', weights_only=True)
    return dict({k: v for k, v in last.items() if k != 'seconds'}, best=(folder/'best.safetensors').read_bytes())

def results(folder):
    "The files of results of a study by their names, without the times that epochs took"
    import pandas as pd
    found = [o for o in sorted(folder.rglob('*')) if o.suffix in ('.csv', '.json', '.png', '.npz', '.safetensors')
             and o.name not in ('run.json', 'model.json')]
    content = lambda o: (pd.read_csv(o).drop(columns='seconds').to_csv() if o.name == 'history.csv' else o.read_bytes())
    if left := [o.name for o in folder.rglob('.*') if re.search(r'tmp|part', o.name)]: print('left behind:', left)
    assert (folder/'report.html').is_file() and next(folder.glob('*.ipynb'))
    return {str(o.relative_to(folder)): content(o) for o in found}

def how_far(folder):
    import torch
    if not (last := next(folder.rglob('last.pt'), None)): return 'before the first checkpoint'
    return 'goes on from epoch {epoch} batch {batch}'.format(**torch.load(last, weights_only=True))

def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('repetitions', type=int, nargs='?', default=10)
    a.add_argument('--notebook', action='store_true')
    args = a.parse_args()
    job, outcome = (execute, results) if args.notebook else (train, trained)
    # children of a process that has imported everything and computed nothing
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['medxai.models.learner', 'medxai.phantom.chest', 'medxai.cohort.split'])
    root, good, kills = Path(tempfile.mkdtemp()), 0, 0
    run(context, job, root/'warm')
    start = time.monotonic()
    run(context, job, root/'whole')
    seconds, whole = time.monotonic() - start, outcome(root/'whole')
    print(f'uninterrupted: {seconds:.1f} s, {len(whole)} things to compare', flush=True)
    for i in range(args.repetitions):
        folder, story = root/str(i), []
        while not run(context, job, folder, delay := random.uniform(.1, .95)*seconds if len(story) < 3 else None):
            story.append(f'after {delay:.2f} s, {how_far(folder)}')
        there = outcome(folder)
        other = [k for k in whole | there if k not in whole or k not in there or not same(whole[k], there[k])]
        good, kills = good + (not other), kills + len(story)
        print(f'{i + 1:>2}: killed {"; ".join(story) or "too late"}: '
              f'{"DIFFERENT: " + ", ".join(other) if other else "identical"}', flush=True)
    print(f'{good}/{args.repetitions} identical, killed {kills} times')
    return good == args.repetitions

if __name__ == '__main__': sys.exit(not main())

"""Kill a training run (`kill -9`) at random moments, start it again, compare: python bench/kill_test.py [repetitions]

One process trains without interruption. Then, for each repetition, a process is killed after a random part of that
time, up to three times, and started again until it ends. Weights, optimizer, random state, loss sums, history and best
weights must be the same, bit for bit."""
import multiprocessing, random, sys, tempfile, time
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

def run(context, folder, kill_after=None):
    "Train in a process of its own; True if it ended by itself"
    p = context.Process(target=train, args=(folder,))
    p.start()
    p.join(kill_after)
    if p.is_alive(): p.kill()
    p.join()
    if p.exitcode not in (0, -9): raise SystemExit(f'training failed ({p.exitcode})')
    return p.exitcode == 0

def same(a, b):
    "Equal to the last bit, whatever it is made of; times may differ"
    import torch
    if isinstance(a, torch.Tensor): return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict): return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != 'seconds')
    if isinstance(a, (list, tuple)): return len(a) == len(b) and all(map(same, a, b))
    return a == b or a != a and b != b

def state(folder):
    import torch
    return torch.load(folder/'last.pt', weights_only=True)

def main(n):
    # children of a process that has imported everything and computed nothing
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['medxai.models.learner', 'medxai.phantom.chest', 'medxai.cohort.split'])
    root, good = Path(tempfile.mkdtemp()), 0
    run(context, root/'warm')
    start = time.monotonic()
    run(context, root/'whole')
    seconds = time.monotonic() - start
    whole, best = state(root/'whole'), (root/'whole'/'best.safetensors').read_bytes()
    print(f'uninterrupted: {seconds:.1f} s, {whole["opt_step"]} steps, {len(whole["model"])} tensors of weights')
    for i in range(n):
        folder, story = root/str(i), []
        while not run(context, folder, delay := random.uniform(.1, .9)*seconds if len(story) < 3 else None):
            goes_on = (folder/'last.pt').is_file()
            story.append(f'after {delay:.2f} s, ' + ('goes on from epoch {epoch} batch {batch}'.format(**state(folder))
                                                     if goes_on else 'before the first checkpoint'))
        ok = same(state(folder), whole) and (folder/'best.safetensors').read_bytes() == best
        good += ok
        print(f'{i + 1:>2}: killed {"; ".join(story) or "too late"}: {"identical" if ok else "DIFFERENT"}',
              flush=True)
    print(f'{good}/{n}')
    return good == n

if __name__ == '__main__': sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))

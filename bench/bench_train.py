"""An epoch of our Learner against a hand-written PyTorch loop that does the same work: python bench/bench_train.py

Same network, images in memory, order, optimizer, schedule, gradient clipping, validation with loss, a checkpoint with
the optimizer and the best weights at the end. Repetitions take turns, and the fastest of each side counts; peak memory
is that of separate processes, imports included."""
import argparse, re, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np, pandas as pd, torch
from medxai.cohort.manifest import Manifest
from medxai.models.backbone import create_model
from medxai.cohort.loaders import make_loaders
from medxai.cohort.store import ImageStore

LR, BS = 1e-3, 32

def data(n, size):
    rng = np.random.default_rng(0)
    df = pd.DataFrame(dict(image=[f'{i}.png' for i in range(n)],
                           split=np.where(np.arange(n) < .8*n, 'train', 'valid')))
    for label in 'abcd': df[label] = rng.integers(0, 2, n)
    return Manifest(df, labels=list('abcd'),
                    store=ImageStore(rng.integers(0, 256, (n, size, size), dtype=np.uint8), df.image))

def by_hand(model, loaders, folder):
    "One epoch as one would write it without a library"
    from torch.nn.functional import binary_cross_entropy_with_logits as bce
    train, valid = loaders
    model.to(memory_format=torch.channels_last)
    opt = torch.optim.AdamW([dict(params=[p for p in model.parameters() if p.ndim > 1], weight_decay=.01),
                             dict(params=[p for p in model.parameters() if p.ndim <= 1], weight_decay=0.)], lr=LR,
                            fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=len(train))
    train.batch_sampler.set_epoch(0)
    total = 0.
    model.train()
    for x, y in train:
        loss = bce(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.)
        opt.step()
        schedule.step()
        opt.zero_grad()
        total += loss.item()*len(x)
    model.eval()
    with torch.no_grad(): score = sum(bce(model(x), y).item()*len(x) for x, y in valid)
    torch.save(dict(model=model.state_dict(), opt=opt.state_dict(), schedule=schedule.state_dict(),
                    rng=torch.get_rng_state()), folder/'last.pt')
    torch.save(model.state_dict(), folder/'best.pt')
    return score

def ours(model, loaders, folder):
    from medxai.configs.base import TrainConfig
    from medxai.models.learner import make_learner
    learn = make_learner(loaders, model, TrainConfig(epochs=1, batch_size=BS, lr=LR, warmup=0., wd=.01, augment=False,
                                                     monitor='loss', keep_epoch='last', device='cpu'), folder,
                         progress=False)
    learn.fit(1)

def peak_mb():
    "Linux's high-water mark of this program alone (ru_maxrss would include the process that started it)"
    return int(re.search(r'VmHWM:\s+(\d+) kB', Path('/proc/self/status').read_text())[1])/1e3

def once(side, args):
    m = data(args.n, args.size)
    loaders, model = make_loaders(m, args.size, BS), create_model(args.model, 4, pretrained=False)
    with tempfile.TemporaryDirectory() as d:
        start = time.perf_counter()
        side(model, loaders, Path(d))
        return time.perf_counter() - start

if __name__ == '__main__':
    p = argparse.ArgumentParser()
    p.add_argument('--model', default='resnet18')
    p.add_argument('--size', type=int, default=96)
    p.add_argument('--n', type=int, default=1000)
    p.add_argument('--repeat', type=int, default=5)
    p.add_argument('--memory', choices=['by_hand', 'ours'], help='one epoch of one side; print the peak memory in MB')
    args = p.parse_args()
    if args.memory:
        once(dict(by_hand=by_hand, ours=ours)[args.memory], args)
        print(peak_mb())
        sys.exit()
    import medxai.models.learner  # noqa: F401 -- its import is no part of an epoch
    seconds = dict(by_hand=[], ours=[])
    for _ in range(args.repeat):
        for side in (by_hand, ours): seconds[side.__name__].append(once(side, args))
    memory = {k: float(subprocess.run([sys.executable, __file__, *sys.argv[1:], '--memory', k],
                                      capture_output=True, text=True, check=True).stdout.split()[-1])
              for k in seconds}
    best = {k: min(v) for k, v in seconds.items()}
    print(f'{args.model}, {args.n} images of {args.size}², batches of {BS}, {torch.get_num_threads()} threads, '
          f'fastest of {args.repeat}')
    print(f'{"":16}{"by hand":>10}{"ours":>10}{"ratio":>8}')
    print(f'{"epoch, s":16}{best["by_hand"]:>10.2f}{best["ours"]:>10.2f}{best["ours"]/best["by_hand"]:>8.3f}')
    print(f'{"peak memory, MB":16}{memory["by_hand"]:>10.0f}{memory["ours"]:>10.0f}'
          f'{memory["ours"]/memory["by_hand"]:>8.3f}')

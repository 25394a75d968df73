"""Two processes (gloo, CPU) train like one: python bench/distributed_test.py

The same network, data and recipe in one process and in two that torchrun starts; the second pair is interrupted after
an epoch and goes on.
Weights agree to rounding: gradients are added up in another order."""
import os, subprocess, sys, tempfile
from pathlib import Path
import numpy as np, pandas as pd, torch

def train(folder, stop=False):
    from medxai.cohort.manifest import Manifest
    from medxai.cohort.store import ImageStore
    from medxai.models.backbone import create_model
    from medxai.configs.base import TrainConfig
    from medxai.models.learner import make_learner
    rng = np.random.default_rng(0)
    df = pd.DataFrame(dict(image=[f'{i}.png' for i in range(60)], a=rng.integers(0, 2, 60),
                           b=rng.integers(0, 2, 60), split=['train']*40 + ['valid']*20))
    data = Manifest(df, labels=['a', 'b'], store=ImageStore(rng.integers(0, 256, (60, 32, 32), dtype=np.uint8),
                                                            df.image))
    torch.manual_seed(0)
    model = create_model('test_convnext', 2, pretrained=False)
    learn = make_learner(data, model, TrainConfig(epochs=3, size=32, batch_size=8, accumulate=2, lr=1e-2, device='cpu',
                                                  augment=True, keep_epoch='last'), folder, progress=False)
    if stop: learn.monitor.after_epoch = lambda after=learn.monitor.after_epoch: (after(), os._exit(0))
    learn.fit(3)

if __name__ == '__main__':
    if len(sys.argv) > 1: sys.exit(train(Path(sys.argv[1]), stop=len(sys.argv) > 2))
    root = Path(tempfile.mkdtemp())
    two = [sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node', '2', '--master-port', '29871', __file__]
    subprocess.run([sys.executable, __file__, root/'one'], check=True)
    subprocess.run([*two, root/'two'], check=True)
    subprocess.run([*two, root/'stopped', 'stop'], check=True)
    subprocess.run([*two, root/'stopped'], check=True)
    s = {k: torch.load(root/k/'last.pt', weights_only=True) for k in ('one', 'two', 'stopped')}
    diff = lambda a, b: max((s[a]['model'][k].float() - v.float()).abs().max().item()
                            for k, v in s[b]['model'].items())
    print('training loss by epoch:', {k: [round(r['train_loss'], 6) for r in v['rows']] for k, v in s.items()})
    print(f'largest difference of a weight: one and two processes {diff("one", "two"):.1e}; two processes, with '
          f'and without a pause {diff("two", "stopped"):.1e}')
    assert s['two']['opt_step'] == s['one']['opt_step'] == 9 and diff('one', 'two') < 1e-3 and diff('two',
        'stopped') == 0
    print('ok')

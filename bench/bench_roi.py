"""A training step of the ROI loop against a plain one: python bench/bench_roi.py [network ...]

Two cores, 224 x 224, batch 16: forward, loss, backward, clipping and AdamW. Steps take turns, the fastest of each
side counts. Peak memory is that of separate processes: what three steps add to a process that holds network,
optimizer and images. Evidence and rest are shown besides the image, so three forward and backward passes are the
least that it can cost: `three views` is that and nothing else, random images through the same network. `quarter`
is `masknet` whose mask network works at a quarter of the side, `halves` is `gradcam` with cutouts of half the side."""
import re, statistics, subprocess, sys, time
from pathlib import Path
import torch
from medxai.models.backbone import create_model
from medxai.configs.roi import CutoutConfig, find_recipe
from medxai.models.roi_loss import ROILoss
from medxai.models.learner import PlainLoss, masked_bce

B, SIZE, L = 16, 224, 14
NAMES = ['three views', 'gradcam', 'masknet', 'quarter', 'guided', 'halves']
VARIANTS = dict(quarter=find_recipe('masknet', mask_scale=.25), halves=find_recipe('gradcam'))

def make_step(network, recipe):
    "A function that takes one training step"
    torch.manual_seed(0)
    model = create_model(network, L, pretrained=False).train().to(memory_format=torch.channels_last)
    x, y = torch.randint(0, 256, (B, 1, SIZE, SIZE), dtype=torch.uint8), (torch.rand(B, L) < .2).float()
    y[torch.arange(B), torch.arange(B) % L] = 1 # something to explain in every image
    looped = recipe not in ('plain', 'three views')
    loss = PlainLoss('multilabel')
    if looped:
        cutouts = CutoutConfig(cutout_scale=.5 if recipe == 'halves' else 1.)
        loss = ROILoss(VARIANTS.get(recipe) or find_recipe(recipe), cutouts)
    masks = [torch.zeros(B, L, SIZE, SIZE, dtype=torch.uint8)] if recipe == 'guided' else []
    for m in masks: m[..., 60:120, 60:120] = y.byte()[:, :, None, None]
    params = [*model.parameters(), *(loss.parameters() if isinstance(loss, ROILoss) else [])]
    views = torch.rand(2*B, 1, SIZE, SIZE)
    opt = torch.optim.AdamW(params, lr=1e-4, fused=True)
    def step():
        logits = loss.run_model(model, x) if isinstance(loss, ROILoss) else model(x)
        total = loss(model, x, y, *masks, logits)
        total = total[0] if isinstance(loss, ROILoss) else total
        if recipe == 'three views': total = total + masked_bce(model(views), y.repeat(2, 1))
        total.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.)
        opt.step()
        opt.zero_grad()
    return step

def clock(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start

def status_mb(key): return int(re.search(rf'{key}:\s+(\d+) kB', Path('/proc/self/status').read_text())[1])/1e3

def memory(network, recipe):
    out = subprocess.run([sys.executable, __file__, '--memory', network, recipe], capture_output=True, text=True,
                         check=True).stdout
    return float(out.split()[-1])

if __name__ == '__main__':
    torch.set_num_threads(2)
    if sys.argv[1:2] == ['--memory']:
        step, before = make_step(*sys.argv[2:4]), status_mb('VmRSS')
        for _ in range(3): step()
        print(status_mb('VmHWM') - before)
        sys.exit()
    print(f'{torch.get_num_threads()} threads, torch {torch.__version__}, batch {B}, {SIZE}x{SIZE}')
    for network in sys.argv[1:] or ['resnet18', 'densenet121', 'tf_efficientnet_lite0']:
        steps = {k: make_step(network, k) for k in ['plain', *NAMES]}
        for f in steps.values(): f()
        times = {k: [] for k in steps}
        for _ in range(4):
            for k, f in steps.items(): times[k].append(clock(f))
        mb = {k: memory(network, k) for k in steps}
        print(f'{network:22} plain {min(times["plain"])*1e3:6.0f} ms, {mb["plain"]:5.0f} MB' + ''.join(
            f'   {k}: {min(times[k])/min(times["plain"]):.2f}x time (median of rounds '
            f'{statistics.median(a/b for a, b in zip(times[k], times["plain"])):.2f}), {mb[k]/mb["plain"]:.2f}x '
            'memory' for k in NAMES), flush=True)

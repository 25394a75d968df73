"""Maps of all 14 classes against a forward pass, Captum and pytorch-grad-cam; deletion curves against forward passes

python bench/bench_saliency.py [network ...]   # some minutes

Two cores, 224 x 224, batch 16; the fastest of interleaved repetitions.
"""
import statistics, sys, time
import numpy as np, timm, torch, torch.nn.functional as F
import pytorch_grad_cam
from captum.attr import LayerGradCam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from medxai.evidence.saliency import GradCAM

L, B, SIZE = 14, 16, 224

# Both take one class a call, every call at the same cost: some of the 14 are timed, and multiplied
TIMED = 2

def captum_maps(model, layer, x): # as its documentation does: a call, then interpolate
    method = LayerGradCam(model, layer)
    maps = torch.cat([method.attribute(x, k, relu_attributions=True) for k in range(TIMED)], 1)
    return F.interpolate(maps.detach(), x.shape[-2:], mode='bilinear')

def pgc_maps(model, layer, x):
    with pytorch_grad_cam.GradCAM(model, [layer]) as cam:
        return np.stack([cam(x, [ClassifierOutputTarget(k)]*len(x)) for k in range(TIMED)], 1)

def clock(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start

def interleaved(jobs, rounds): # jobs: name -> function; every job once a round
    for f in jobs.values(): f()
    times = {k: [] for k in jobs}
    for _ in range(rounds):
        for k, f in jobs.items(): times[k].append(clock(f))
    return times

def bench_maps(name, rounds=7, slow_rounds=3):
    x = torch.rand(B, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    model = timm.create_model(name, num_classes=L).eval()
    with GradCAM(model) as cam:
        cam(x[:1]) # finds the layer
        layer = cam.layer
        def forward():
            with torch.no_grad(): model(x)
        t = interleaved({'forward': forward, 'all': lambda: cam(x), 'one': lambda: cam(x, 3)}, rounds)
    slow = interleaved({'captum': lambda: captum_maps(model, layer, x), 'pgc': lambda: pgc_maps(model, layer, x)},
                       slow_rounds)
    best = {k: min(v) for k, v in t.items()} | {k: min(v)*L/TIMED for k, v in slow.items()}
    # each round beside its own forward pass
    ratio = lambda k: statistics.median(a/b for a, b in zip(t[k], t['forward']))
    print(f'{name:16} forward {best["forward"]*1e3:6.0f} ms   all 14: {best["all"]/best["forward"]:.3f}x (median '
          f'of rounds {ratio("all"):.3f})   '
          f'one: {best["one"]/best["forward"]:.3f}x ({ratio("one"):.3f})'
          + ''.join(f'   {k} / ours: {best[k]/best["all"]:.1f}x' for k in slow), flush=True)

def bench_deletion(name, rounds=5, steps=10):
    from medxai.evidence.faithfulness import deletion
    x = torch.rand(B, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    model = timm.create_model(name, num_classes=L).eval()
    with GradCAM(model) as cam: maps = cam(x, 3)
    def forwards():
        with torch.no_grad():
            for _ in range(steps + 1): model(x)
    t = interleaved({'forwards': forwards, 'curve': lambda: deletion(model, x, maps, 3, steps=steps)}, rounds)
    r = statistics.median(a/b for a, b in zip(t['curve'], t['forwards']))
    print(f'{name:16} deletion curve of {steps + 1} points: {min(t["curve"])/min(t["forwards"]):.3f}x its forward '
          f'passes (median of rounds {r:.3f})', flush=True)

if __name__ == '__main__':
    torch.set_num_threads(2)
    print(f'{torch.get_num_threads()} threads, torch {torch.__version__}, batch {B}, {SIZE}x{SIZE}, {L} classes')
    names = sys.argv[1:] or ['resnet18', 'densenet121', 'convnext_tiny', 'efficientnet_b0']
    for name in names: bench_maps(name)
    for name in names[:2]: bench_deletion(name)

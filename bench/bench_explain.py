"""What it costs to explain all labels of an image, beside its forward passes: python bench/bench_explain.py [size ...]

Two cores, 14 findings that are all present and not outlined: maps; crop, keep and drop of each; the same shapes at
three other places; and keep and drop again at five areas and four places. That many images through the network, in
batches of the same size, are the least that it can cost. Both take turns, the fastest of each side counts."""
import sys, time
import numpy as np, pandas as pd, torch
from medxai.cohort.manifest import Manifest
from medxai.cohort.store import ImageStore
from medxai.configs.roi import CutoutConfig
from medxai.models.backbone import create_model
from medxai.models.bundle import Bundle
from medxai.metrics.regions import PLACES
from medxai.models.explain import EvidenceFinder, KINDS

N, L, AREAS = 4, 14, (.02, .05, .1, .2, .4)
PLACED = len(PLACES) # the region itself, and all places but the location prior
PASSES = 1 + len(KINDS)*L*PLACED + 2 + 2*len(AREAS)*L*PLACED # per image; 2: maps and p full

def radiographs(size): # smooth noise, all findings present, four patients
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (N, size, size), dtype=np.uint8)
    labels, names = [f'finding {k}' for k in range(L)], [f'{k}.png' for k in range(N)]
    df = pd.DataFrame(dict(image=names, patient=np.arange(N)//2) | {l: 1. for l in labels})
    return Manifest(df, labels=labels, store=ImageStore(x, names))

def clock(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start

if __name__ == '__main__':
    torch.set_num_threads(2)
    print(f'{torch.get_num_threads()} threads, torch {torch.__version__}, {PASSES} forward passes per image')
    for size in map(int, sys.argv[1:] or (128, 224)):
        m = radiographs(size)
        model = create_model('tf_efficientnet_lite0', L, pretrained=False).eval()
        finder = EvidenceFinder(Bundle(model, m.labels, m.task, size), CutoutConfig(), device='cpu')
        x = torch.rand(finder.bs, 1, size, size)

        @torch.no_grad()
        def passes():
            for _ in range(N*PASSES//finder.bs): model(x)

        def explained():
            finder.explain(m, progress=False)
            finder.curve(m, AREAS, progress=False)
        times = {f: [] for f in (passes, explained)}
        for _ in range(2):
            for f, t in times.items(): t.append(clock(f))
        least, ours = (min(t) for t in times.values())
        print(f'{size}x{size}: {ours/N:.2f} s per image, {least/ours:.2f} of the throughput of the bare passes',
              flush=True)

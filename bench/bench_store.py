"""Image store: building it and reading an epoch from it, against the alternatives, in one run.

python bench/bench_store.py [--reps 5] [--folder FOLDER]
Real NIH sample where MEDXAI_DATA has nih1600, else drawn PNGs of 256 x 256. All figures are minima of interleaved
repetitions.
"""
import argparse, os, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np, pandas as pd, psutil
from PIL import Image
from medxai.core.files import real_data
from medxai.cohort.image import open_image, read_image
from medxai.cohort.manifest import Manifest
from medxai.cohort.loaders import ManifestDataset, make_loader
from medxai.cohort.store import cache_images

SIZE, BS = 256, 64

def images(folder, n=1600):
    "A manifest of 256 x 256 PNGs"
    root = real_data('nih1600')
    if root: names = sorted(p.relative_to(root).as_posix() for p in root.glob('images_*/images/*.png'))
    else:
        root, names, rng = folder, [f'{i:05}.png' for i in range(n)], np.random.default_rng(0)
        base = np.linspace(20, 200, SIZE)[:, None] + np.zeros(SIZE)
        for o in names:
            Image.fromarray((base + rng.normal(0, 8, (SIZE, SIZE))).clip(0, 255).astype(np.uint8)).save(root/o)
    return Manifest(pd.DataFrame(dict(image=names, y=np.arange(len(names)) % 2.)), root, ['y'])

def enlarged(m, folder, n=100):
    "Some of the images at 1024 x 1024, the size in which NIH publishes them"
    folder.mkdir()
    small = m.subset(np.arange(n))
    for i, o in enumerate(small.images):
        (folder/o).parent.mkdir(parents=True, exist_ok=True)
        open_image(small.paths[i]).convert('L').resize((1024, 1024), Image.Resampling.BICUBIC).save(folder/o)
    return Manifest(small.df, folder, small.labels)

def interleaved(reps, **fns):
    "Least seconds of each, repeated in turn so that other load strikes all alike"
    best = {}
    for _ in range(reps):
        for k, f in fns.items():
            t = time.perf_counter()
            f()
            t = time.perf_counter() - t
            best[k] = min(best.get(k, t), t)
    return best

def one_process(m):
    "The plain loop that does the same work: decode, resize, write one file"
    with tempfile.TemporaryFile() as f:
        for p in m.paths: f.write(np.rint(read_image(p, SIZE)*255).astype(np.uint8))
        f.flush()
        os.fsync(f.fileno())

def build(m, workers):
    with tempfile.TemporaryDirectory() as d: cache_images(m, SIZE, d, workers=workers, progress=False)

def peak_rss(m, folder, times):
    "Peak memory, children included, of a process that caches `times` as many images"
    names = [f'{k}/{Path(o).name}' for k in range(times) for o in m.images]
    for k in range(times): (folder/'links'/str(k)).mkdir(parents=True, exist_ok=True)
    for o, p in zip(names, m.paths*times): (folder/'links'/o).symlink_to(p)
    Manifest(pd.DataFrame(dict(image=names, y=0.)), folder/'links', ['y']).to_csv(folder/'links.csv')
    code = ('from medxai import Manifest, cache_images; '
            f'cache_images(Manifest.from_csv({str(folder/"links.csv")!r}), {SIZE}, {str(folder/"big")!r}, '
            'progress=False)')
    child, peak = subprocess.Popen([sys.executable, '-c', code]), 0
    proc = psutil.Process(child.pid)
    while child.poll() is None:
        try: peak = max(peak, sum(p.memory_info().rss for p in [proc, *proc.children(recursive=True)]))
        except psutil.NoSuchProcess: continue # it ended between the question and the answer
        time.sleep(.01)
    assert child.returncode == 0
    return len(names), peak

def fastai_epoch(m, workers):
    from fastai.vision.all import ImageDataLoaders
    df = m.df.assign(y=m.df.y.astype(int))
    dls = ImageDataLoaders.from_df(df, m.root, fn_col='image', label_col='y', valid_pct=.001, seed=0, bs=BS,
                                   num_workers=workers, device='cpu')
    def run():
        for x, y in dls.train: pass # already float in [0, 1]
    return run

def store_epochs(c):
    "Readers of one epoch as float in [0, 1]: through the loader, shuffled, and bare slices of the map"
    import torch
    loader = make_loader(ManifestDataset(c), BS, shuffle=True)
    n, mm = len(c), np.memmap(c.store.path.with_suffix('.u8'), np.uint8, 'r', shape=(len(c), SIZE, SIZE))
    def as_float(x): return x.float().div_(255)
    def ours():
        for x, _ in loader: as_float(x)
    def ours_uint8():
        for x, _ in loader: pass
    def bare():
        for i in range(0, n, BS): as_float(torch.from_numpy(np.array(mm[i:i+BS]))[:, None])
    def bare_uint8():
        for i in range(0, n, BS): torch.from_numpy(np.array(mm[i:i+BS]))
    return dict(ours=ours, bare=bare, ours_uint8=ours_uint8, bare_uint8=bare_uint8)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--reps', type=int, default=5)
    ap.add_argument('--times', type=int, default=8, help='memory is measured on this many times the images')
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        m = images(d)
        row = lambda what, x, y, target, unit='s': print(f'{what:<58} {x:9.3f} {y:9.3f} {unit:<2} {y/x:6.2f}×  '
                                                         f'{target}', flush=True)
        print(f'{len(m)} images of {SIZE}², {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; minima of '
              f'{a.reps}')
        print(f'{"":<58} {"ours":>9} {"other":>9}    other/ours')
        one_process(m) # files into the page cache
        t = interleaved(a.reps, two=lambda: build(m, 2), one=lambda: build(m, 1), loop=lambda: one_process(m))
        row('build, 2 threads | plain loop in one process', t['two'], t['loop'], 'wanted ≥ 1.8')
        row('build, 2 threads | 1 thread', t['two'], t['one'], '')
        big = enlarged(m, d/'enlarged')
        t = interleaved(a.reps, two=lambda: build(big, 2), loop=lambda: one_process(big))
        row(f'the same from {len(big)} images of 1024² | plain loop', t['two'], t['loop'], 'wanted ≥ 1.8')
        n, rss = peak_rss(m, d, 1)
        n2, rss2 = peak_rss(m, d/'more', a.times)
        print(f'peak memory of building, children included: {rss/1e6:.0f} MB for {n:,} images, {rss2/1e6:.0f} MB '
              f'for {n2:,}  (wanted < 500)')
        c = cache_images(m, SIZE, d/'store', progress=False)
        fns = store_epochs(c)
        for f in fns.values(): f()
        t = interleaved(max(a.reps, 5), **fns)
        row('epoch to float, shuffled loader | bare memmap slices', t['ours'], t['bare'], 'wanted ≥ 0.67')
        row('epoch of uint8, shuffled loader | bare memmap slices', t['ours_uint8'], t['bare_uint8'], '')
        f0, f2 = fastai_epoch(m, 0), fastai_epoch(m, 2)
        t = interleaved(min(a.reps, 3), ours=fns['ours'], f0=f0, f2=f2)
        row('epoch, shuffled loader | fastai ImageDataLoaders', t['ours'], t['f0'], 'wanted ≥ 20')
        row('epoch, shuffled loader | fastai, 2 workers', t['ours'], t['f2'], '')

if __name__ == '__main__': main()

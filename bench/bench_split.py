"""Splits and near-duplicates: time and scaling.

python bench/bench_split.py
With MEDXAI_DATA the real NIH table and radiographs, else drawn ones of the same size.
"""
import os, time
# one core, as the requirement says
for v in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ.setdefault(v, '1')
import cv2, numpy as np, pandas as pd
from scipy.fft import dctn
from scipy.stats import norm
from sklearn.model_selection import StratifiedGroupKFold
from medxai.core.files import real_data
from medxai.cohort.manifest import Manifest
from medxai.cohort.duplicates import _hash_version, _low, hash_pairs, near_duplicates, thumbnails
from medxai.cohort.split import check_groups, split_balance, split_grouped

def seconds(f, n=3):
    "Least time of n runs (the machine is shared), and the result"
    best = np.inf
    for _ in range(n):
        t = time.perf_counter()
        out = f()
        best = min(best, time.perf_counter() - t)
    return best, out

def nih_table():
    "The NIH table, or one of its size: 112,120 images, 30,805 patients, 14 labels of its prevalences"
    if (nih := real_data('nih1600')):
        d = pd.read_csv(nih/'Data_Entry_2017.csv')
        y = d['Finding Labels'].str.get_dummies('|').drop(columns='No Finding')
        return Manifest(y.assign(image=d['Image Index'], patient=d['Patient ID'].astype(str)))
    rng = np.random.default_rng(0)
    n = np.minimum(rng.geometric(.27, 30805), 184)
    n[rng.permutation(30805)[:abs(112120 - n.sum())]] += np.sign(112120 - n.sum())
    patient = np.repeat(np.arange(30805), np.maximum(n, 1))[:112120]
    prev = np.array([.177, .119, .103, .056, .052, .047, .042, .03, .025, .022, .021, .015, .013, .002])
    y = rng.normal(size=(len(patient), 14)) + rng.normal(size=(30805, 14))[patient] > 2**.5*norm.isf(prev)
    df = pd.DataFrame(y.astype(np.float32), columns=[f'label{i}' for i in range(14)])
    return Manifest(df.assign(image=[f'{i:08}.png' for i in range(len(df))], patient=patient.astype(str)))

def kfold(m):
    order = np.argsort(m.y.sum(0))
    y, fold = np.where((m.y[:, order] == 1).any(1), (m.y[:, order] == 1).argmax(1), 14), np.empty(len(m), int)
    for k, (_, rows) in enumerate(StratifiedGroupKFold(10, shuffle=True, random_state=0).split(m.y, y, m.groups)):
        fold[rows] = k
    return m.with_columns(split=np.array(['test']*2 + ['valid'] + ['train']*7)[fold])

def all_pairs(bits, radius=24, block=2000):
    """What the tables are compared with: every pair in every version, as blocked matrix products (the fastest way
    here)"""
    versions, n = [np.where(bits[:, o] ^ f, np.float32(1), np.float32(-1))
                   for o, f in map(_hash_version, range(16))], 0
    for i in range(0, len(bits), block):
        for j in range(i, len(bits), block):
            for v in versions: n += int(((v[i:i + block] @ versions[0][j:j + block].T) >= 128 - 2*radius).sum())
    return n

def likeness(thumbs):
    """A sampler of hashes as alike as those of `thumbs`: signs of Gaussian DCT coefficients with the mean and
    covariance of the real ones"""
    a = thumbs.astype(np.float32)
    c = dctn(a - a.mean((1, 2), keepdims=True), axes=(1, 2), norm='ortho')[:, :12, :12].reshape(len(a), 144)[:, _low]
    mean, root = c.mean(0), np.linalg.cholesky(np.cov(c.T) + 1e-3*np.eye(128))
    return lambda n: np.concatenate([mean
                                     + np.random.default_rng(k).normal(size=(min(5000, n - k), 128)) @ root.T > 0
                                     for k in range(0, n, 5000)])

def bench_splits():
    m = nih_table()
    t, s = seconds(lambda: split_grouped(m))
    u, k = seconds(lambda: kfold(m), 1)
    b, bk = split_balance(s), split_balance(k)
    print(f'\n{len(m):,} images, {m.df.patient.nunique():,} patients, {len(m.labels)} labels, one core')
    print(f'{"":34}{"seconds":>9}{"worst prevalence, pp":>22}{"worst size, %":>15}')
    for name, sec, x in (('split_grouped', t, b), ('StratifiedGroupKFold (rarest label)', u, bk)):
        size = (100*x.loc['images', ['train', 'valid', 'test']]/len(m) - [70, 10, 20]).abs().max()
        print(f'{name:34}{sec:9.2f}{x.worst.max():22.4f}{size:15.4f}')
    print(f'ratio {u/t:.0f}x faster; check_groups {seconds(lambda: check_groups(s))[0]:.2f} s')

def bench_search():
    if (d := real_data('btxrd256')):
        m = Manifest(pd.DataFrame(dict(image=sorted(os.listdir(d/'BTXRD/images')), tumor=0.)), root=d/'BTXRD/images')
        t, th = seconds(lambda: thumbnails(m, workers=2), 1)
        u, near = seconds(lambda: near_duplicates(m, thumbs=th), 1)
        print(f'\nBTXRD, {len(m):,} images: reading {t:.1f} s (2 threads), search {u:.1f} s: '
              f'{near.attrs["proposed"]} proposed, {len(near)} confirmed')
    if (nih := real_data('nih1600')):
        thumbs = thumbnails(Manifest(pd.DataFrame(dict(image=[str(p.relative_to(nih))
                                                              for p in sorted(nih.glob('images_*/images/*.png'))],
                                                       label=0.)), root=nih))[0]
    else:
        a = np.random.default_rng(0).normal(size=(1600, 64, 64))
        a = np.stack([cv2.GaussianBlur(o, (0, 0), 3) for o in a])
        thumbs = a + 2*a[0]
    sample = likeness(thumbs)
    print(f'\n{"images":>9}{"tables, s":>11}{"all pairs, s":>14}{"ratio":>8}   (hash search, one core, simulated '
          'hashes as alike as those of the chest sample)')
    for n in (2000, 4000, 8000, 30000, 112120):
        b = sample(n)
        t, found = seconds(lambda: hash_pairs(b), 3 if n < 5000 else 1)
        if n <= 8000: per_pair = (u := seconds(lambda: all_pairs(b), 1)[0])/n**2
        u = per_pair*n**2
        print(f'{n:9,}{t:11.1f}{u:14.1f}{u/t:8.1f}   {len(found):,} pairs '
              f'proposed{"" if n <= 8000 else "; all pairs computed from N²"}', flush=True)

if __name__ == '__main__':
    bench_splits()
    bench_search()

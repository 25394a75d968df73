"""Study 2 against what one would do by hand, in one run: python bench/bench_btxrd.py

The leak ledger on 3,746 rows and 30 columns; `evaluate` with 1000 resamples of lesions on 564 images of three classes
against a loop of scikit-learn (measured on a few resamples and scaled, which is said); inference with overlays from
files against plain forward passes over the same pixels in memory."""
import tempfile, time
from pathlib import Path
import numpy as np, pandas as pd, PIL.Image, torch
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score
from medxai.models.infer import infer_folder
from medxai.cohort.leaks import leak_ledger
from medxai.cohort.manifest import Manifest, Predictions
from medxai.metrics.bootstrap import evaluate, Resamples
from medxai.metrics.calibration import Calibrator
from medxai.models.backbone import create_model
from medxai.models.bundle import save_bundle
from medxai.models.novelty import fit_novelty
from medxai.phantom.bone import phantom_bone

LABELS = ['normal', 'benign', 'malignant']

def table(n=3746, columns=30, groups=1463, seed=0):
    "A manifest without files: columns of numbers and of classes"
    rng = np.random.default_rng(seed)
    some = lambda k: rng.normal(size=n) if k % 2 else rng.choice(list('abcdef'), n)
    df = pd.DataFrame({f'c{k}': some(k) for k in range(columns)})
    y = np.eye(3)[rng.choice(3, n, p=(.5, .4, .1))]
    return Manifest(df.assign(image=[f'IMG{i:06}.jpeg' for i in range(n)], group=rng.integers(0, groups, n).astype(str),
                              **dict(zip(LABELS, y.T))), labels=LABELS, task='multiclass')

def ledger():
    t = time.perf_counter()
    leak_ledger(table(), images=False)
    print(f'leak ledger, 3,746 rows and 30 columns: {time.perf_counter() - t:.1f} s (to be under 60)')

def evaluation(n=564, lesions=250, n_ref=20):
    rng = np.random.default_rng(0)
    c = rng.choice(3, n, p=(.5, .4, .1))
    df = pd.DataFrame(dict(image=[f'{i}' for i in range(n)], group=rng.integers(0, lesions, n).astype(str)))
    for j, l in enumerate(LABELS):
        df[f'y_{l}'] = (c == j)*1.
        df[f'logit_{l}'] = 1.5*(c == j) + rng.normal(size=n)
    p = Predictions(df, task='multiclass')
    t = time.perf_counter()
    evaluate(p, ['auroc', 'average_precision', 'brier', 'f1'], n_boot=1000)
    ours = time.perf_counter() - t
    r, y, q = Resamples(n, p.groups, n_boot=n_ref), p.y, p.probs
    t = time.perf_counter()
    for block in r.draws():
        for d in block:
            k = r.rows(d)
            for j in range(3):
                for f in (roc_auc_score, average_precision_score, brier_score_loss): f(y[k, j], q[k, j])
                f1_score(y[k, j], q[k].argmax(1) == j)
    loop = (time.perf_counter() - t)*1000/n_ref
    print(f'1000 resamples of 4 metrics, 564 images: {ours:.2f} s, scikit-learn loop {loop:.1f} s (scaled from '
          f'{n_ref}), ratio {ours/loop:.3f} (to be at most 0.1)')

def inference(n=64, size=224, reps=3):
    m, d = phantom_bone(n, size=size, seed=1), Path(tempfile.mkdtemp())
    (d/'films').mkdir()
    for name in m.images: PIL.Image.fromarray(m.store.read([name])[0]).save(d/'films'/name)
    model = create_model('tf_efficientnet_lite0', 3).eval()
    save_bundle(d/'model', model, LABELS, 'multiclass', size,
                calibration=Calibrator('none', LABELS, 'multiclass', [1.]*3, [0.]*3))
    f = np.random.default_rng(0).normal(size=(200, model.body.num_features))
    fit_novelty(f, f).save(d/'model'/'novelty.npz')
    x, plain, whole = torch.from_numpy(m.store.read(m.images))[:, None], [], []
    for _ in range(reps):
        t = time.perf_counter()
        with torch.inference_mode():
            for k in range(0, n, 32): model(x[k:k + 32])
        plain.append(time.perf_counter() - t)
        t = time.perf_counter()
        infer_folder(d/'model', d/'films', d/'out', device='cpu', progress=False)
        whole.append(time.perf_counter() - t)
    a, b = np.median(plain), np.median(whole)
    print(f'{n} images of {size} pixels: forward alone {n/a:.1f} a second, from files to overlays {n/b:.1f}, '
          f'ratio {a/b:.2f} (to be at least 0.8)')

if __name__ == '__main__':
    for f in (ledger, evaluation, inference): f()

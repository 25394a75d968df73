"""medxai.metrics against a loop of scikit-learn, in one run: python bench/bench_metrics.py [--big]

The scikit-learn loop is measured on a few resamples and scaled to 1000 (said in the table); ours runs all 1000, and
both see the same kind of resample: whole patients. --big adds the memory of one million rows (several minutes)."""
import resource, sys, time
import numpy as np, pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from medxai.cohort.manifest import Predictions
from medxai.metrics.bootstrap import Resamples, Scores, evaluate

def case(n, labels, patients, seed=0, multiclass=False):
    "Labels, probabilities and patients"
    rng = np.random.default_rng(seed)
    if multiclass: y = np.eye(labels)[rng.integers(0, labels, n)]
    # as rare and as common as in ChestX-ray14
    else: y = (rng.random((n, labels)) < np.geomspace(.003, .2, labels)).astype(float)
    return y, 1/(1 + np.exp(3 - 1.5*y - rng.normal(size=y.shape))), rng.integers(0, patients, n)

def ece_loop(y, p, bins=15):
    "The usual loop-free ECE, as one would write it beside scikit-learn"
    i = np.minimum((p*bins).astype(int), bins - 1)
    return np.abs(np.bincount(i, p - y, bins)).sum()/len(y)

def sklearn_loop(y, p, metrics, rows):
    return [np.mean([f(y[r, j], p[r, j]) for j in range(y.shape[1])]) for r in rows for f in metrics]

def ours(y, p, patient, names, n_boot=1000):
    r = Resamples(len(y), patient, n_boot=n_boot)
    boot = Scores(y, p, names, r.codes, r.n_groups, average=('macro',)).bootstrap(r)
    return boot[:, -1]

def compare(title, y, p, patient, metrics, n_ref, reps=3):
    """Median seconds of both sides, repetitions interleaved, and the ratio; the values of the first resamples must
    agree"""
    r = Resamples(len(y), patient)
    draws = next(r.draws(n_ref))[:n_ref]
    a, b = [], []
    for _ in range(reps):
        t = time.perf_counter()
        got = ours(y, p, patient, list(metrics))
        a.append(time.perf_counter() - t)
        t = time.perf_counter()
        ref = sklearn_loop(y, p, metrics.values(), [r.rows(d) for d in draws])
        b.append((time.perf_counter() - t)*1000/n_ref)
    gap = np.abs(got[:, :n_ref].T.ravel() - ref).max()
    print(f'{title:58} {np.median(a):9.3f} {np.median(b):13.1f} {np.median(b)/np.median(a):7.0f}x   {gap:.0e}',
          flush=True)

print(f'{"1000 bootstraps, patients drawn":58} {"medxai s":>9} {"scikit-learn s":>13} {"ratio":>7}   largest '
      'difference (scikit-learn scaled from 3, 5 or 100 resamples)')
four = dict(auroc=roc_auc_score, average_precision=average_precision_score, brier=brier_score_loss, ece=ece_loop)
compare('macro AUROC+AP+Brier+ECE, n=25,596, 14 labels, 2,797 patients', *case(25596, 14, 2797), four, 3)
compare('the same, 25,596 groups (each image by itself)', *case(25596, 14, 2797)[:2], np.arange(25596), four, 3,
        reps=1)
compare('macro AUROC, n=562, 3 classes', *case(562, 3, 400, multiclass=True), dict(auroc=roc_auc_score), 100, reps=5)

y, p, patient = case(25596, 14, 2797)
preds = Predictions(pd.DataFrame(dict(image=[f'{i}' for i in range(len(y))], patient=patient.astype(str))
                                 | {f'y_{j}': y[:, j] for j in range(14)} | {f'logit_{j}': np.log(p/(1 - p))[:, j]
    for j in range(14)}))
t = time.perf_counter()
evaluate(preds)
print(f'evaluate() as called by a study, with micro averages and the table: {time.perf_counter() - t:.1f} s')

if '--big' in sys.argv:
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6
    y, p, patient = case(1_000_000, 14, 1_000_000)
    data = (y.nbytes + p.nbytes + patient.nbytes)/1e9
    t = time.perf_counter()
    got = ours(y, p, patient, list(four), n_boot=20)
    print(f'n=1,000,000, 14 labels, groups of about one row: 20 resamples in {time.perf_counter() - t:.0f} s; '
          f'peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6:.2f} GB ({base:.2f} before; the '
          f'data alone {data:.2f})')

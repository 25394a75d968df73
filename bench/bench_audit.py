"""The audit of a table of 25,596 images and 14 labels with 1000 resamples, by stage: python bench/bench_audit.py

CPU seconds and wall time of each stage; then the part that scikit-learn could do instead (AUROC, average precision and
Brier score with 1000 resamples of patients in a loop), measured on 3 resamples and scaled, as a ratio."""
import tempfile, time
import numpy as np, pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from medxai.cohort.manifest import Predictions
from medxai.metrics.bootstrap import Resamples
from medxai.metrics.looks import discrimination_looks
from medxai.audit import audit_predictions

def case(n=25596, labels=14, patients=2797, seed=0): # as rare and as common as in ChestX-ray14
    rng = np.random.default_rng(seed)
    who, y = rng.integers(0, patients, n), (rng.random((n, labels)) < np.geomspace(.003, .2, labels)).astype(float)
    df = pd.DataFrame(dict(image=[f'{i}.png' for i in range(n)], patient=who.astype(str),
                           view=rng.choice(['PA', 'AP'], n),
                           site=rng.choice(list('ABC'), patients)[who], sex=rng.choice(['F', 'M'], patients)[who],
                           age=rng.integers(18, 95, patients)[who].astype(float)))
    columns = {f'y_{j}': y[:, j] for j in range(labels)}
    columns |= {f'logit_{j}': -3 + 2.5*y[:, j] + rng.normal(size=n) for j in range(labels)}
    return Predictions(pd.concat([df, pd.DataFrame(columns)], axis=1))

def clocked(f):
    wall, cpu = time.perf_counter(), time.process_time()
    out = f()
    return out, time.perf_counter() - wall, time.process_time() - cpu

def main():
    preds = case()
    with tempfile.TemporaryDirectory() as d:
        found, wall, cpu = clocked(lambda: audit_predictions(preds, d, n_boot=1000))
    for part, seconds in found.seconds.items(): print(f'{part:28} {seconds:7.1f} s')
    print(f'{"all":28} {wall:7.1f} s wall, {cpu:.1f} s of CPU')
    _, _, ours = clocked(lambda: discrimination_looks(preds, 1000))
    r = Resamples(len(preds), preds.groups)
    y, p, n = preds.y, preds.probs, 3
    def loop():
        for d in next(r.draws(n))[:n]:
            k = r.rows(d)
            for j in range(y.shape[1]):
                for f in (roc_auc_score, average_precision_score, brier_score_loss): f(y[k, j], p[k, j])
    _, _, theirs = clocked(loop)
    print(f'discrimination: {ours:.1f} s of CPU here, {theirs*1000/n:.0f} s by scikit-learn in a loop (scaled from {n} '
          f'resamples): {theirs*1000/n/ours:.0f} times as long')

if __name__ == '__main__': main()

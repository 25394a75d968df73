"""Does the audit find what was planted, and does it keep quiet where nothing was? python bench/check_audit.py [SEEDS]

Each fault is planted in SEEDS data sets (10) of 1,200 images of 600 patients with three labels; the pixels of the
marker and of the drifted scanner are those of phantom radiographs, the scores are drawn (an audit sees scores, not how
they were made). Found: a finding of the planted kind of at least medium severity. On 2*SEEDS clean data sets of each
size at most one in twenty should have a high finding. Writes runs/results/audit_detection.csv."""
import sys
from pathlib import Path
import numpy as np, pandas as pd
from scipy.stats import binomtest
from medxai.cohort.manifest import Predictions
from medxai.core.files import atomic_path
from medxai.audit import AuditBook, look_at_table
from medxai.metrics.findings import rank_findings, SEVERITIES
from medxai.phantom.chest import phantom_chest
from medxai.phantom.drawing import Shortcut

LABELS = dict(Mass=.2, Edema=.3, Fibrosis=.15)

def drawn(seed, n=1200):
    "A table without a fault: two images of a patient, three sites, scores that know the truth but for noise"
    rng = np.random.default_rng(seed)
    who = np.arange(n)//2
    df = pd.DataFrame(dict(image=[f'{seed}_{i}.png' for i in range(n)], patient=[f'{seed}p{i}' for i in who],
                           site=rng.choice(['A', 'B', 'C'], n//2)[who], sex=rng.choice(['F', 'M'], n//2)[who],
                           view=rng.choice(['PA', 'AP'], n, p=[.7, .3]),
                           age=rng.normal(55, 15, n//2)[who].clip(18, 95)))
    for label, prevalence in LABELS.items():
        y = (rng.random(n//2) < prevalence)[who]
        noise = .8*rng.normal(size=n) + .6*rng.normal(size=n//2)[who] # of variance 1: the logits are calibrated
        df[f'y_{label}'] = y*1.
        df[f'logit_{label}'] = 2.4*(2.4*y - 1.2 + noise) + np.log(prevalence/(1 - prevalence))
    return df, rng

def training(seed): # the images that the model has seen, without scores
    return drawn(seed, 600)[0][['image', 'patient', 'site', 'sex', 'view', 'age']]

def scores(df): return [c for c in df if c.startswith('logit_')]

def leaking_split(df, train, rng):
    shared = df.patient.isin(df.patient.unique()[:60])
    return df, pd.concat([train, df.loc[shared, train.columns]])
def miscalibration(df, train, rng): return df.assign(**{c: 2*df[c] + 2 for c in scores(df)}), train
def inverted_label(df, train, rng): return df.assign(logit_Edema=-df.logit_Edema), train
def leaking_column(df, train, rng):
    told = np.where(rng.random(len(df)) < .9, df.y_Mass, rng.integers(0, 2, len(df)))
    return df.assign(ward=np.where(told == 1, 'oncology', 'general')), train
def flipped_labels(df, train, rng):
    flip = {c: np.where(rng.random(len(df)) < .05, 1 - df[c], df[c]) for c in df if c.startswith('y_')}
    return df.assign(**flip), train
def failing_site(df, train, rng):
    c = (df.site == 'C').to_numpy()
    return df.assign(**{o: np.where(c, rng.permutation(df[o]), df[o]) for o in scores(df)}), train

def shortcut_marker(df, train, rng):
    "The marker of phantom radiographs, which the score of Edema follows"
    m = phantom_chest(600, size=32, seed=int(rng.integers(1e6)), lateral=0,
                      shortcut=Shortcut('Effusion', strength=.9, leak=.1))
    y, marker = (m.df[c].to_numpy(float) for c in ('Effusion', 'shortcut'))
    df = df.head(len(m)).assign(y_Edema=y, marker=np.where(marker > 0, 'yes', 'no'), patient=m.df.patient.to_numpy())
    return df.assign(logit_Edema=2.4*(2.4*y - 1.2 + rng.normal(size=len(df))) - 1 + 3*marker), train

def phantoms(df, rng, look): # images of two machines, or of one: their pixels are the only difference
    seed = int(rng.integers(1e6))
    learnt, test = (phantom_chest(200, size=64, seed=seed + k, shortcut=o) for k, o in ((0, None), (1, look)))
    same = ['site', 'view', 'sex', 'age']
    df = df.head(200).assign(image=test.images, patient='t' + test.df.patient, **{c: test.df[c] for c in same})
    return df, learnt.df[['image', *same]].assign(patient='l' + learnt.df.patient), test, learnt

def drifted_scanner(df, train, rng):
    "Test images with the tone and sharpness of another machine"
    return phantoms(df, rng, Shortcut('Effusion', 'look', 1., 1.))

FAULTS = {leaking_split: 'leak_split', shortcut_marker: 'shortcut', miscalibration: 'miscalibration',
          failing_site: 'failing_site', inverted_label: 'inverted_label', flipped_labels: 'label_errors',
          drifted_scanner: 'drift', leaking_column: 'leak_column'}

def audited(df, train, images=None, learnt=None): # -> findings
    b = AuditBook(Predictions(df), 100, 0, images, learnt)
    look_at_table(b, train)
    return rank_findings(b.looks)

def reaches(o, severity): return SEVERITIES.index(o['severity']) >= SEVERITIES.index(severity)

def high(found): return [o['kind'] for o in found if reaches(o, 'high')] # kinds of high or critical findings

def listed(kinds): return ', '.join(sorted(set(kinds)))

def line(what, kind, hits, others=None):
    ci = binomtest(int(sum(hits)), len(hits)).proportion_ci(.95, 'exact')
    return dict(planted=what, finding=kind, data_sets=len(hits), found=int(sum(hits)), rate=np.mean(hits), lo=ci.low,
                hi=ci.high, other_high=others)

def save(rows): # after each fault, so that a run that is stopped leaves what it has
    out = Path(__file__).parents[1]/'runs'/'results'/'audit_detection.csv'
    with atomic_path(out) as tmp: pd.DataFrame(rows).round(3).to_csv(tmp, index=False)
    print(pd.DataFrame(rows[-1:]).round(3).to_string(index=False, header=len(rows) == 1), flush=True)

def main(seeds=10):
    clean = {'nothing (1,200 images)': lambda s: (drawn(2000 + s)[0], training(3000 + s)),
             'nothing (one scanner, 200 images)': lambda s: phantoms(*drawn(4000 + s), None)}
    rows = []
    for what, made in clean.items():
        found = [high(audited(*made(s))) for s in range(2*seeds)]
        rows.append(line(what, 'any of high severity', [bool(o) for o in found], listed(sum(found, []))))
        save(rows)
    for fault, kind in FAULTS.items():
        hits, others = [], []
        for seed in range(seeds):
            (df, rng), train = drawn(seed), training(1000 + seed)
            found = audited(*fault(df, train, rng))
            hits.append(any(o['kind'] == kind and reaches(o, 'medium') for o in found))
            others += [k for k in high(found) if k != kind]
        rows.append(line(fault.__name__.replace('_', ' '), kind, hits, listed(others)))
        save(rows)

if __name__ == '__main__': main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)

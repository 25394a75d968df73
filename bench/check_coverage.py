"""Do intervals cover, and do tests reject what is nothing, as often as they say?

    python bench/check_coverage.py [runs] [--out runs/results/coverage.csv] [--only part]

Each row of the table is one situation whose truth is known: what was counted, how often, what it should be, and whether
that lies within the error of so many runs. Takes about ten minutes with 300 runs on one core."""
import argparse, warnings
from collections import defaultdict
from functools import partial
from pathlib import Path
import numpy as np, pandas as pd
from scipy.special import expit
from scipy.stats import binomtest
from medxai.cohort.manifest import Predictions
from medxai.metrics.bootstrap import evaluate
from medxai.metrics.calibration import calibration_error, noise_floor
from medxai.metrics.comparison import compare
from medxai.metrics.slices import slice_table, worst_slices

METRICS = ['auroc', 'average_precision', 'brier', 'sensitivity', 'specificity']

def table(y, z, patient, **columns):
    cols = dict(image=[f'{p}_{i}' for i, p in enumerate(patient)], patient=patient.astype(str), y_A=y, logit_A=z)
    return Predictions(pd.DataFrame(cols | columns), labels=['A'])

def draw(rng, patients, prevalence, images=1, separation=1., start=0):
    "Patients with one label each and `images` alike images; logits are calibrated where there is one image"
    who = np.repeat(np.arange(patients), images)
    y = (rng.random(patients) < prevalence)[who]*1.
    share = .5 if images > 1 else 0. # of the variance that a patient's images have in common
    common, own = rng.normal(size=patients)[who], rng.normal(size=len(who))
    x = separation*(y - .5) + np.sqrt(share)*common + np.sqrt(1 - share)*own
    return table(y, separation*x + np.log(prevalence/(1 - prevalence)), who + start)

def truth_of(prevalence, images, separation, cut):
    big = draw(np.random.default_rng(1), 300_000, prevalence, images, separation)
    return evaluate(big, METRICS, n_boot=0, thresholds=cut).set_index('metric').value

def intervals(runs):
    for separation in (1., 2.2):
        for images in (1, 4):
            for prevalence in (.10, .31):
                cut = expit(separation*(separation/2 - 1) + np.log(prevalence/(1 - prevalence)))
                truth = truth_of(prevalence, images, separation, cut)
                for patients in (50, 200):
                    name = f'{patients} patients × {images}, prevalence {prevalence}, AUROC {truth.auroc:.2f}'
                    yield from _covered(name, truth, partial(draw, patients=patients, prevalence=prevalence,
                                                             images=images, separation=separation), cut, runs)

def heavy(rng, patients, prevalence=.3, start=0):
    "A tenth of the patients have 30 images, the others one; what images of a patient share is a third of the variance"
    return unlike(rng, [30]*(patients//10) + [1]*(patients - patients//10), prevalence, start=start)

def clusters(runs):
    "A few patients own most of the images; a mean over labels of unlike prevalence"
    cut = expit(0)
    # the long run: what so many such patients are judged by is the share of their images
    big = heavy(np.random.default_rng(1), 200_000)
    truth = evaluate(big, METRICS, n_boot=0, thresholds=cut).set_index('metric').value
    for patients in (40, 100): yield from _covered(f'{patients} patients, a tenth of them with 30 images', truth,
                                                   partial(heavy, patients=patients), cut, runs)
    yield from macro(runs)

def three_labels(rng, patients):
    "Three labels of prevalence .31, .2 and .1, one image a patient"
    parts = [draw(rng, patients, q, 1, 1.5).df[['y_A', 'logit_A']].set_axis([f'y_{k}', f'logit_{k}'], axis=1)
             for k, q in zip('ABC', (.31, .2, .1))]
    who = [str(i) for i in range(patients)]
    return Predictions(pd.concat([pd.DataFrame(dict(image=who, patient=who)), *parts], axis=1), labels=list('ABC'))

def macro(runs):
    metrics, cut = ['auroc', 'average_precision', 'sensitivity'], expit(-.5)
    def of(p, n_boot, seed):
        t = evaluate(p, metrics, n_boot=n_boot, thresholds=cut, seed=seed)
        return t[t.label == 'macro'].set_index('metric')
    truth = of(three_labels(np.random.default_rng(1), 300_000), 0, 0).value
    for patients in (50, 200):
        hit = {m: [] for m in metrics}
        for s in range(runs):
            p = three_labels(np.random.default_rng(s), patients)
            if p.y.sum(0).min() == 0: continue
            t = of(p, 300, s)
            for m in metrics: hit[m].append(t.lo[m] <= truth[m] <= t.hi[m])
        for m in metrics:
            yield dict(what=f'coverage of macro {m}', case=f'{patients} patients, prevalence .31, .2, .1',
                       rate=np.mean(hit[m]), should='>= .93', runs=len(hit[m]))

def _covered(name, truth, make, cut, runs):
    hit = {m: [] for m in METRICS}
    for s in range(runs):
        preds = make(np.random.default_rng(s))
        if not 0 < preds.y.sum() < len(preds): continue
        t = evaluate(preds, METRICS, n_boot=300, thresholds=cut, seed=s).set_index('metric')
        for m in METRICS: hit[m].append(t.lo[m] <= truth[m] <= t.hi[m])
    for m in METRICS:
        yield dict(what=f'coverage of {m}', case=name, rate=np.mean(hit[m]), should='>= .93', runs=len(hit[m]))

def calibrated(rng, n, images=1, start=0, spread=1.5):
    "A calibrated model; the images of a patient share their truth and probability"
    who = np.repeat(np.arange(n//images), images)
    z = (spread*rng.normal(size=n//images) - 1)[who]
    return table((rng.random(n//images)[who] < expit(z))*1., z, who + start)

def unlike(rng, sizes, prevalence=.3, shared=.3, separation=1.5, start=0):
    "Patients of one label each with unlike numbers of images, and a score that is equally good on all"
    who = np.repeat(np.arange(len(sizes)), sizes)
    y = (rng.random(len(sizes)) < prevalence)[who]*1.
    x = np.sqrt(shared)*rng.normal(size=len(sizes))[who] + np.sqrt(1 - shared)*rng.normal(size=len(who))
    return table(y, separation*(y - .5) + x, who + start)

def uneven(runs):
    "Patients with one image beside patients with many; two test sets of unlike size"
    metrics, floor = ['auroc', 'average_precision', 'sensitivity', 'specificity', 'accuracy', 'brier'], []
    rejects = defaultdict(list)
    for s in range(runs):
        rng = np.random.default_rng(s)
        p = unlike(rng, [1]*40 + [8]*160)
        p = Predictions(p.df.assign(films=np.where(p.df.patient.astype(int) < 40, 'one', 'eight')), labels=['A'])
        t = slice_table(p, 'films', metrics, n_boot=200, seed=s, min_cases=5).query('slice == "films = one"')
        for m, v in zip(t.metric, t.p): rejects['slice_table', 'slice of 40 × 1, rest 160 × 8', m].append(v < .05)
        for a, b in ((60, 600), (60, 150)):
            one, two = unlike(rng, [1]*a, .17, 0, 2.5), unlike(rng, [1]*b, .17, 0, 2.5, start=10_000)
            t = compare(one, two, metrics[:4], n_boot=200, seed=s)
            for m, v in zip(t.metric, t.p): rejects['compare', f'test sets of {a} and {b} patients', m].append(v < .05)
        who = np.repeat(np.arange(60), rng.integers(1, 21, 60))
        z = (1.5*rng.normal(size=60) - 1)[who]
        y = (rng.random(60)[who] < expit(z))*1.
        floor.append(noise_floor(y[:, None], expit(z)[:, None], calibration_error, 100, seed=s, groups=who).p[0] < .05)
    for (what, case, m), r in rejects.items():
        should = '<= .05' if what == 'slice_table' else '<= .07'
        yield dict(what=f'{what} rejects, {m}', case=case, rate=np.mean(r), should=should, runs=runs)
    yield dict(what='calibrated model called miscalibrated (noise floor)', case='60 patients of 1 to 20 images',
               rate=np.mean(floor), should='<= .07', runs=runs)

def calibration(runs):
    for a, b in ((200, 2000), (50, 200), (500, 500)):
        seen = []
        for s in range(runs):
            rng = np.random.default_rng(s)
            seen.append(compare(calibrated(rng, a), calibrated(rng, b, start=a), ['ece'], n_boot=20, seed=s).iloc[0])
        case = f'two calibrated models, {a} and {b} rows'
        yield dict(what='ECE called different', case=case, rate=np.mean([r.p < .05 for r in seen]), should='<= .05',
                   runs=runs)
        yield dict(what='interval of the ECE difference without 0', case=case,
                   rate=np.mean([r.lo > 0 or r.hi < 0 for r in seen]), should='<= .05', runs=runs)
    for n, images in ((100, 1), (1000, 1), (400, 4)):
        called, floor = [], []
        for s in range(runs):
            p = calibrated(np.random.default_rng(s), n, images)
            called.append(evaluate(p, ['ece'], n_boot=20, seed=s).lo[0] > 0)
            floor.append(noise_floor(p.y, p.probs, calibration_error, 100, seed=s, groups=p.groups).p[0] < .05)
        case = f'{n} rows, {images} a patient'
        for how, wrong in (('interval', called), ('noise floor', floor)):
            yield dict(what=f'calibrated model called miscalibrated ({how})', case=case, rate=np.mean(wrong),
                       should='<= .07', runs=runs)

def slices(runs):
    metrics = ['auroc', 'average_precision', 'sensitivity', 'specificity', 'brier', 'accuracy', 'ece']
    for positives in (10, 20, 40):
        for images in (1, 3):
            rejects = {m: [] for m in metrics}
            for s in range(runs):
                rng = np.random.default_rng(s)
                p = draw(rng, int(positives/.3*4), .3, images, 1.5)
                patients = p.df.patient.unique()
                small = dict(zip(patients, np.where(np.arange(len(patients)) % 4 == 0, 'small', 'rest')))
                p = Predictions(p.df.assign(ward=p.df.patient.map(small)), labels=['A'])
                t = slice_table(p, 'ward', metrics, n_boot=300, seed=s, min_cases=5)
                t = t[t.slice == 'ward = small'].set_index('metric')
                for m in metrics: rejects[m].append(t.p[m] < .05)
            for m in metrics:
                yield dict(what=f'slice_table rejects, {m}',
                           case=f'about {positives} patients with the label in the slice × {images}',
                           rate=np.mean(rejects[m]), should='<= .05', runs=runs)

def search(runs):
    for n, least in ((300, 10), (300, 5), (1000, 10)):
        found = []
        for s in range(runs):
            rng = np.random.default_rng(s)
            p = draw(rng, n//2, .3, 2, 1.5)
            who = dict.fromkeys(p.df.patient)
            col = lambda v: p.df.patient.map(dict(zip(who, rng.choice(v, len(who)))))
            p = Predictions(p.df.assign(view=rng.choice(['AP', 'PA'], n), sex=col(['F', 'M']), site=col(list('ABCD')),
                                        age=col(np.arange(20, 90))), labels=['A'])
            t = worst_slices(p, min_cases=least)
            found.append(len(t) > 0 and t.p_adjusted[0] < .05)
        yield dict(what='worst_slices finds a clear one', case=f'{n} images, min_cases {least}', rate=np.mean(found),
                   should='<= .05', runs=runs)

def models(runs):
    for positives in (10, 40):
        seen = {m: [] for m in ('auroc', 'average_precision', 'brier', 'sensitivity')}
        for s in range(runs):
            rng = np.random.default_rng(s)
            a = draw(rng, int(positives/.3), .3, 1, 1.5)
            noise = lambda: a.df.assign(logit_A=a.logits[:, 0] + rng.normal(size=len(a)))
            t = compare(Predictions(noise()), Predictions(noise()), list(seen), n_boot=400, seed=s).set_index('metric')
            for m in seen: seen[m].append(t.p[m] < .05)
        for m, r in seen.items():
            yield dict(what=f'compare calls equal models different, {m}', case=f'about {positives} positives, paired',
                       rate=np.mean(r), should='<= .07', runs=runs)

def with_error(row):
    "The exact 95% interval of a rate, and whether what should be lies in it or beyond"
    lo, hi = binomtest(round(row['rate']*row['runs']), row['runs']).proportion_ci()
    want = float(row['should'].split()[1])
    return row | dict(lo=lo, hi=hi, holds=hi >= want if row['should'].startswith('>') else lo <= want)

PARTS = dict(intervals=intervals, clusters=clusters, calibration=calibration, slices=slices, search=search,
             models=models, uneven=uneven)

def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('runs', type=int, nargs='?', default=300)
    a.add_argument('--out', type=Path)
    a.add_argument('--only', choices=PARTS)
    args, rows = a.parse_args(), []
    warnings.simplefilter('ignore')
    for part in [args.only] if args.only else PARTS:
        for row in map(with_error, PARTS[part](args.runs)):
            rows.append(row)
            print(f'{row["rate"]:.3f} ({row["lo"]:.3f} to {row["hi"]:.3f}) {row["should"]:>7} {row["what"]}: '
                  f'{row["case"]}{"" if row["holds"] else " DOES NOT HOLD"}', flush=True)
    if args.out: pd.DataFrame(rows).round(4).to_csv(args.out, index=False)

if __name__ == '__main__': main()

"""What is a closer look worth, image by image? The arms `decoder` and `closer` of the evidence-first experiment on
BTXRD under MEDXAI_DATA; trained where FOLDER does not hold them (two to three hours on a core), else minutes.

    python bench/check_closer_look.py FOLDER [SPLIT [SEED]]     (grouped and 0 by default)

IoU of the first map, of the closer look, of discs in the squares that it looks at, and the differences on the same
images, of all lesions and by quarter of their size, with intervals by lesion. Thresholds are of validation. Writes
FOLDER/closer_look.csv, and twenty test images drawn by lot, FOLDER/closer_look.png. Kept, with four digits:
runs/results/closer_look.csv."""
import sys
from pathlib import Path
import numpy as np, pandas as pd
from medxai.cohort.store import cache_images
from medxai.configs.arms import EvidenceConfig
from medxai.core.files import atomic_path, real_data
from medxai.core.plot import show_images
from medxai.core.report import with_interval
from medxai.data import load_data
from medxai.experiments.bone_evidence import evidence_split, KeptMaps, outlines_of, run_evidence
from medxai.metrics.bootstrap import mean_ci
from medxai.metrics.localization import iou_at, iou_threshold
from medxai.models.closer_look import discs_of
from medxai.models.lesion import enlarge, own_scale

SIZE, VIEWS = 256, ('plain', 'mirrored', 'larger', 'larger mirrored')
GRID = tuple(np.round(np.arange(.02, 1, .02), 2))

def mean_map(out, part, rows):
    "Of all four views, in pixels"
    place = lambda z: enlarge(1/(1 + np.exp(-z[rows].astype(np.float32))), (SIZE, SIZE))
    return np.mean([place(out[f'{part}_{v}_lesion']) for v in VIEWS], 0)

def maps_of(m, first, closer, part):
    "Of the outlined images: rows, outlines, name -> maps"
    truth = outlines_of(m.split(part), SIZE)
    rows = np.flatnonzero(truth.any((1, 2)))
    maps = dict(decoder=mean_map(first, part, rows), closer=mean_map(closer, part, rows))
    maps['discs'] = discs_of(maps['decoder'])
    return rows, truth[rows], {k: own_scale(a) for k, a in maps.items()}

def draw(path, test, rows, truth, cut, iou):
    "Twenty images with the outline, and the closer look laid over"
    at = np.random.default_rng(0).permutation(len(rows))[:20]
    axs = show_images([test.read(int(rows[i]), SIZE) for i in at], [f'IoU {iou[i]:.2f}' for i in at], 5,
                      maps=[cut[i].astype(float)*.6 for i in at], contours=[truth[i] for i in at])
    axs[0].figure.savefig(path)

if __name__ == '__main__':
    folder = Path(sys.argv[1]).resolve()
    split, seed = (sys.argv[2:] + ['grouped', '0'][len(sys.argv) - 2:])[:2]
    cfg = EvidenceConfig(data='btxrd', root=str(real_data('btxrd256')/'BTXRD'), size=SIZE, n_images=None)
    m = load_data(cfg)
    if m.store is None: m = cache_images(m, SIZE, folder/'store')
    m = evidence_split(m, split, '1')
    first, closer = (run_evidence(a, split, int(seed), m, KeptMaps(folder/'kept', m, size=SIZE), folder/'runs')
                     for a in ('decoder', 'closer'))
    _, truth, maps = maps_of(m, first, closer, 'valid')
    cut = {k: iou_threshold(a, truth, GRID) for k, a in maps.items()}
    rows, truth, maps = maps_of(m, first, closer, 'test')
    test = m.split('test')
    iou = {k: iou_at(a, truth, cut[k]) for k, a in maps.items()}
    draw(folder/'closer_look.png', test, rows, truth, maps['closer'] >= cut['closer'], iou['closer'])
    iou |= {f'closer - {k}': iou['closer'] - iou[k] for k in ('decoder', 'discs')}
    quarter = pd.qcut(truth.mean((1, 2)), 4, labels=['smallest quarter', 'second', 'third', 'largest quarter'])
    parts = {'all': np.ones(len(rows), bool)} | {k: np.asarray(quarter == k) for k in quarter.categories}
    said = []
    for name, v in iou.items():
        for part, here in parts.items():
            c = mean_ci(v[here], test.groups[rows][here], n_boot=1000)
            said.append(dict(map=name, lesions=part, value=c.value, lo=c.lo, hi=c.hi, images=int(here.sum())))
            print(f'{name}, {part}: {with_interval(c.value, c.lo, c.hi)}')
    with atomic_path(folder/'closer_look.csv') as tmp: pd.DataFrame(said).to_csv(tmp, index=False)

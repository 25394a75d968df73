"""How many moved copies are found among different pictures, and what is called a copy and is none:
python bench/check_copies.py [pictures] [copies a kind]

Pictures of different patients, from the phantom, and of the NIH sample where MEDXAI_DATA has it; no patient is in two
pictures, so each pair of originals that is found is a mistake. Beside it the time, as a ratio to near_duplicates. The
table is kept in runs/results/copies.csv."""
import sys, time, warnings
from pathlib import Path
import cv2, numpy as np, pandas as pd
from medxai.core.files import real_data
from medxai.cohort.datasets import load_nih
from medxai.cohort.duplicates import near_duplicates
from medxai.cohort.manifest import Manifest
from medxai.cohort.moved import moved_copies
from medxai.cohort.store import ImageStore
from medxai.phantom.chest import phantom_chest

def turned(x, degrees):
    h, w = x.shape
    return cv2.warpAffine(x, cv2.getRotationMatrix2D((w/2, h/2), degrees, 1), (w, h))

def cropped(x, share):
    h, w = x.shape
    a, b = round(h*share), round(w*share)
    return cv2.resize(x[a:h - a, b:w - b], (w, h))

def shifted(x, share):
    h, w = x.shape
    return cv2.warpAffine(x, np.float32([[1, 0, round(share*w)], [0, 1, -round(share*h)]]), (w, h))

def letterboxed(x): # 4:3 with bars, then into a square frame again
    small = cv2.resize(x, None, fx=.75, fy=.75, interpolation=cv2.INTER_AREA)
    return np.pad(small, (len(x) - len(small))//2)

def marked(x):
    x, (h, w) = x.copy(), x.shape
    x[h//16:h//16 + h*8//100, w//16:w//16 + w*4//10] = 255
    return x

WAYS = {'turned by 5°': lambda x: turned(x, 5), 'turned by 10°': lambda x: turned(x, 10),
        '5% cropped on each side': lambda x: cropped(x, .05), '10% cropped on each side': lambda x: cropped(x, .1),
        'letterboxed': letterboxed,
        'shifted by 1.6%': lambda x: shifted(x, .016), 'shifted by 5%': lambda x: shifted(x, .05),
        'marked': marked, 'turned by 5°, mirrored': lambda x: np.ascontiguousarray(turned(x, 5)[:, ::-1]),
        'turned by 5°, inverted': lambda x: 255 - turned(x, 5),
        '5% cut at one side, pulled wide': lambda x: cv2.resize(x[:, round(.05*x.shape[1]):], x.shape[::-1]),
        'made square from 5:4': lambda x: cv2.resize(x[:, x.shape[1]//10:-(x.shape[1]//10)], x.shape[::-1]),
        'turned by 3°, CLAHE': lambda x: cv2.createCLAHE(2., (8, 8)).apply(turned(x, 3)),
        'turned by 5°, JPEG at quality 30': lambda x: cv2.imdecode(
            cv2.imencode('.jpg', turned(x, 5), [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 0)}

def one_each(m, n): # pictures of different patients
    rows = np.flatnonzero(~m.df.patient.duplicated().to_numpy())[:n]
    return {m.images[i]: np.uint8(np.round(255*m.read(i))) for i in rows}

def measure(source, pix, n):
    rng, copies, of = np.random.default_rng(0), {}, {}
    for way, f in WAYS.items():
        for name in rng.choice(list(pix), n, replace=False):
            copies[f'{way} {name}'], of[f'{way} {name}'] = f(pix[name]), (name, way)
    m = Manifest(pd.DataFrame(dict(image=[*pix, *copies], Mass=0.)),
                 store=ImageStore(np.stack([*pix.values(), *copies.values()]), [*pix, *copies]))
    seconds, found = {}, {}
    for f in (near_duplicates, moved_copies):
        t = time.process_time()
        found[f.__name__] = {tuple(sorted(o)) for o in f(m)[['image_a', 'image_b']].to_numpy()}
        seconds[f.__name__] = time.process_time() - t
    rows = []
    for way in WAYS:
        pairs = [tuple(sorted((c, name))) for c, (name, w) in of.items() if w == way]
        rows.append(dict(source=source, change=way, copies=n,
                         **{k: sum(o in v for o in pairs) for k, v in found.items()}))
    # copies of one picture are copies of one another; two originals never are
    base = lambda o: of[o][0] if o in of else o
    wrong = {k: sum(base(a) != base(b) for a, b in v) for k, v in found.items()}
    rows.append(dict(source=source, change='pairs of different pictures', copies=len(pix)*(len(pix) - 1)//2, **wrong))
    print(f'{source}: {len(m):,} pictures; processor seconds {seconds}, ratio '
          f'{seconds["moved_copies"]/seconds["near_duplicates"]:.1f}', flush=True)
    return rows

def main(n, copies):
    rows = measure('phantom chest', one_each(phantom_chest(3*n, size=256, seed=11), n), copies)
    if folder := real_data('nih1600'):
        warnings.simplefilter('ignore')
        rows += measure('NIH chest', one_each(load_nih(folder, missing='drop'), n), copies)
    t = pd.DataFrame(rows)
    print(t.to_string(index=False))
    t.to_csv(Path(__file__).parents[1]/'runs/results/copies.csv', index=False)

if __name__ == '__main__': main(*[int(o) for o in sys.argv[1:]] or (1000, 60))
